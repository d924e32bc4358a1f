package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;

@Tag("numeric")
class EvaluatorTest {
    private static final int[] IDS = GoldenFiles.tokens("tokens/tokens_a.json");
    private static DecoderModel model;

    @BeforeAll
    static void load() {
        model = DecoderModel.load(GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static TokenizedDocument document(int from, int to) {
        return TokenizedDocument.of("ids " + from, Arrays.copyOfRange(IDS, from, to));
    }

    @Test
    void nestedPoolsDocumentsByToken() {
        RopeScaling rope = new LinearScaling(2);
        List<TokenizedDocument> documents = List.of(document(0, 300), document(300, 420));
        Evaluation evaluation = new Evaluator(model, rope, null).nested(documents, List.of(200, 64, 200));
        double[] first = model.tokenNll(Arrays.copyOfRange(IDS, 0, 200), rope, null);
        double[] second = model.tokenNll(Arrays.copyOfRange(IDS, 300, 420), rope, null);
        double[] both =
                DoubleStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
        assertThat(evaluation.tokenNll()).usingComparatorWithPrecision(1e-4).containsExactly(both);
        assertThat(evaluation.perplexities()).extracting(Perplexity::length).containsExactly(64, 200);
        assertThat(evaluation.perplexities()).extracting(Perplexity::tokens).containsExactly(126L, 318L);
        double expected = DoubleStream.concat(Arrays.stream(first, 0, 63), Arrays.stream(second, 0, 63))
                .average()
                .orElseThrow();
        Perplexity at64 = evaluation.perplexities().get(0);
        assertThat(at64.meanNll()).isCloseTo(expected, within(1e-5));
        assertThat(at64.perplexity()).isEqualTo(Math.exp(at64.meanNll()));
    }

    @Test
    void scalingsThatDependOnTheLengthGetAForwardOfEachLength() {
        RopeScaling rope = new DynamicScaling(4);
        Evaluation evaluation =
                new Evaluator(model, rope, null).nested(List.of(document(0, 600)), List.of(128, 400, 600));
        for (Perplexity found : evaluation.perplexities()) {
            double[] fresh = model.tokenNll(Arrays.copyOf(IDS, found.length()), rope, null);
            assertThat(found.meanNll()).isCloseTo(Arrays.stream(fresh).average().orElseThrow(), within(1e-6));
        }
    }

    @Test
    void figuresDoNotDependOnTheOrderOfDocuments() {
        Evaluator evaluator = new Evaluator(model, new DynamicScaling(4), null);
        List<TokenizedDocument> documents = List.of(document(0, 400), document(400, 600));
        List<TokenizedDocument> turned = List.of(documents.get(1), documents.get(0));
        assertThat(evaluator.sliding(documents, 200, 50).perplexities().get(0).meanNll())
                .isCloseTo(
                        evaluator.sliding(turned, 200, 50).perplexities().get(0).meanNll(), within(1e-9));
    }

    @Test
    void bandScalesReachEveryProtocol() {
        BandScales scales = new BandScales(
                BandPartition.logSpaced(model.config().geometry().pairCount(), 2),
                ScaleMode.SHARED,
                new double[] {1.2, 0.8});
        Evaluator plain = new Evaluator(model, new NoScaling(), null);
        Evaluator scaled = new Evaluator(model, new NoScaling(), scales);
        List<TokenizedDocument> documents = List.of(document(0, 120));
        assertThat(mean(scaled.nested(documents, List.of(120))))
                .isNotCloseTo(mean(plain.nested(documents, List.of(120))), within(1e-4));
        assertThat(mean(scaled.sliding(documents, 60, 30)))
                .isNotCloseTo(mean(plain.sliding(documents, 60, 30)), within(1e-4));
        assertThat(mean(scaled.lmEval(documents, 60, 1)))
                .isNotCloseTo(mean(plain.lmEval(documents, 60, 1)), within(1e-4));
        assertThat(scaled.nested(documents, List.of(120)).tokenNll())
                .containsExactly(model.tokenNll(Arrays.copyOf(IDS, 120), new NoScaling(), scales));
    }

    private static double mean(Evaluation evaluation) {
        return evaluation.perplexities().get(0).meanNll();
    }

    @Test
    void aLoneLastTokenWithoutContextHasNoWeight() {
        Evaluator evaluator = new Evaluator(model, new NoScaling(), null);
        Perplexity found = evaluator
                .huggingFace(List.of(document(0, 65)), 64, 64)
                .perplexities()
                .get(0);
        Perplexity without = evaluator
                .huggingFace(List.of(document(0, 64)), 64, 64)
                .perplexities()
                .get(0);
        assertThat(found).isEqualTo(without);
        assertThat(found.perplexity()).isFinite();
    }

    @Test
    void impossibleLengthsAndStridesAreRefusedInOneLine() {
        Evaluator evaluator = new Evaluator(model, new NoScaling(), null);
        List<TokenizedDocument> documents = List.of(document(0, 40));
        assertThatThrownBy(() -> evaluator.nested(documents, List.of(41, 50)))
                .isInstanceOf(BadInput.class)
                .hasMessage("document 'ids 0' has 40 tokens, fewer than the shortest length 41");
        assertThatThrownBy(() -> evaluator.nested(documents, List.of(1)))
                .isInstanceOf(BadInput.class)
                .hasMessage("length 1 must be at least 2 tokens");
        assertThatThrownBy(() -> evaluator.sliding(documents, 16, 17))
                .isInstanceOf(BadInput.class)
                .hasMessage("stride 17 must lie between 1 and the length 16");
        assertThatThrownBy(() -> Protocol.ofWord("rolling"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("use one of " + Protocol.words());
    }
}
