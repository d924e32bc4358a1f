package qroar.orchestrator.app.worker;

import qroar.protocol.message.WorkerProfile;
import qroar.workers.worker.TrialMeasurer;

/** A worker to start: what it tells of itself, and by what it measures. */
public record Seat(WorkerProfile profile, TrialMeasurer measurer) {}
