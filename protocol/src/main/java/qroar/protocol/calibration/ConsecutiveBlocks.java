package qroar.protocol.calibration;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.BadInput;

/** The documents' tokens behind each other, cut into consecutive blocks. What is left over is not used. */
final class ConsecutiveBlocks {
    private ConsecutiveBlocks() {}

    static CalibrationBlocks of(List<Integer> documentTokens, int sequences, int lengthTokens) {
        long available = documentTokens.stream().mapToLong(Integer::longValue).sum();
        long needed = (long) sequences * lengthTokens;
        if (available < needed) {
            throw new BadInput("calibration: " + sequences + " sequences of " + lengthTokens + " tokens need " + needed
                    + " tokens; the calibration documents have " + available);
        }
        List<CalibrationBlocks.Block> blocks = new ArrayList<>();
        int document = 0;
        long before = 0;
        for (int block = 0; block < sequences; block++) {
            long from = (long) block * lengthTokens;
            while (from - before >= documentTokens.get(document)) {
                before += documentTokens.get(document);
                document++;
            }
            blocks.add(CalibrationBlocks.block(documentTokens, document, from - before, lengthTokens));
        }
        return new CalibrationBlocks(blocks, lengthTokens);
    }
}
