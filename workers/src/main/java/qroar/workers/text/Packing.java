package qroar.workers.text;

/**
 * How stories become long documents: concatenated, each with BOS in front, and cut.
 *
 * @param documents how many
 * @param tokensPerDocument length of each, at least 2; the story that crosses it is cut there and the next document
 *     starts with the next story
 * @param skipStories stories passed over at the start of the file, so that other documents do not share any
 */
public record Packing(int documents, int tokensPerDocument, int skipStories) {
    public Packing {
        if (documents < 1 || tokensPerDocument < 2 || skipStories < 0) {
            throw new IllegalArgumentException(documents + " documents of " + tokensPerDocument + " tokens after "
                    + skipStories + " stories; at least 1, 2 and 0");
        }
    }
}
