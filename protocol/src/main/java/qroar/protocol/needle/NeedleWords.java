package qroar.protocol.needle;

import java.util.List;

/**
 * Words that keys are made of, in pairs. RULER takes them from lists of a Python package that are fifty times as large; these
 * give 43,434 keys. The order is part of what a seed means.
 */
final class NeedleWords {
    static final List<String> ADJECTIVES = words("""
            able ancient amber autumn bitter black blue bold brave brief bright broad brown busy calm
            careful cheap civil clean clear clever cold common cool crisp curious daring dark deep distant
            dry dusty eager early easy elder empty equal even faint fair famous fancy fast fine firm flat
            fond formal fresh full gentle giant glad golden good grand green grey happy hard heavy hidden
            high hollow honest humble idle inner iron jolly keen kind large late lazy light little lively
            lonely long loud loyal lucky mellow merry mild modern narrow neat noble north odd old open
            orange outer pale patient plain polite proud public quick quiet rapid rare ready red rich ripe
            rough round royal rural rusty sandy secret sharp shiny short silent silver simple slow small
            smart smooth snowy soft solid sour south spare steady steep still stormy strict strong sudden
            sunny sweet swift tall tame tender thick thin tidy tiny tired true upper urban vast velvet warm
            wary weak west white whole wide wild windy wise wooden worthy yellow young
            """);

    static final List<String> NOUNS = words("""
            acorn anchor apple apron arch arrow atlas badge bagel banjo barrel basin basket beacon beetle
            bell bench berry blanket boat bonnet book bottle bowl branch bread brick bridge broom brush
            bucket butter button cabin cable camel candle canoe canvas carpet carrot castle cellar chain
            chair chalk cheese cherry circle clock cloud clover coach coat coin comet compass copper coral
            corner cottage cotton cradle crane crayon cricket crown curtain cushion daisy desk diamond
            donkey door dragon dress drum eagle engine fabric falcon feather fence ferry fiddle field finger
            flag flute forest fork fossil fountain fox frame garden garlic gate ginger glass glove goose
            grape guitar hammer harbor harp hat hazel hedge helmet hill honey horse hotel house island ivory
            jacket jewel jungle kettle key kitchen kite ladder lake lamp lantern leaf lemon letter library
            lily lion lizard locket magnet map maple marble market meadow melon mirror mitten monkey moon
            mountain mug needle nest oak ocean olive onion orchid otter oven owl paddle paint palace paper
            parrot path peach pear pebble pen pencil pepper piano pillow pine pipe planet plate pocket pond
            potato prism puzzle quilt rabbit raft rain raven ribbon ring river robin rocket roof rope rose
            ruler saddle sail salmon sandal scarf school shell ship shoe shovel silk soap spider spoon
            square squirrel stable star station stone storm stove street sugar table tea temple thread thumb
            tiger timber tower train tree trumpet tulip tunnel turtle valley vase village violin wagon wall
            walnut water wave well whale wheat wheel whistle willow window wolf yarn zebra
            """);

    private NeedleWords() {}

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }
}
