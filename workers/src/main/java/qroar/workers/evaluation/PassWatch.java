package qroar.workers.evaluation;

/** Told how forward passes come along, by the thread that computes them. */
public interface PassWatch {
    /** For nobody. */
    PassWatch NOBODY = new PassWatch() {
        @Override
        public void begin(int tokens, int blocks) {}

        @Override
        public void block() {}
    };

    /** A pass over so many tokens begins, which calls a decoder block so many times. */
    void begin(int tokens, int blocks);

    /** One of these calls begins. */
    void block();
}
