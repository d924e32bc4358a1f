package qroar.protocol.wire;

import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.CoordinatorMessage.Enlist;
import qroar.protocol.message.CoordinatorMessage.TrialFailed;
import qroar.protocol.message.CoordinatorMessage.TrialStarted;
import qroar.protocol.message.CoordinatorMessage.WorkWanted;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage.Assign;
import qroar.protocol.message.WorkerMessage.Cancel;
import qroar.protocol.message.WorkerMessage.Curtail;
import qroar.protocol.message.WorkerMessage.Retire;
import qroar.protocol.message.WorkerProfile;

/** Fields of the messages between coordinator and workers, in the order of their records. */
final class MessageWire {
    private MessageWire() {}

    static void write(WireOutput out, Enlist enlist) {
        WorkerProfile profile = enlist.profile();
        out.text(profile.id());
        out.text(profile.device());
        out.writeVarInt(profile.threads(), true);
        out.writeVarLong(profile.memoryBytes(), true);
        out.text(profile.engine());
        out.actor(enlist.worker());
    }

    static Enlist enlist(WireInput in) {
        WorkerProfile profile =
                new WorkerProfile(in.text(), in.text(), in.readVarInt(true), in.readVarLong(true), in.text());
        return new Enlist(profile, in.actor());
    }

    static void write(WireOutput out, WorkWanted wanted) {
        out.actor(wanted.worker());
    }

    static WorkWanted workWanted(WireInput in) {
        return new WorkWanted(in.actor());
    }

    static void write(WireOutput out, TrialStarted started) {
        out.actor(started.worker());
        write(out, started.lease());
        out.source(started.measurements());
    }

    static TrialStarted trialStarted(WireInput in) {
        return new TrialStarted(in.actor(), lease(in), in.source());
    }

    static void write(WireOutput out, TrialFailed failed) {
        out.actor(failed.worker());
        write(out, failed.lease());
        out.text(failed.cause());
        out.choice(failed.retry());
    }

    static TrialFailed trialFailed(WireInput in) {
        return new TrialFailed(in.actor(), lease(in), in.text(), in.choice(CoordinatorMessage.Retry.class));
    }

    static void write(WireOutput out, Assign assign) {
        out.actor(assign.coordinator());
        write(out, assign.lease());
        TrialWire.write(out, assign.spec());
        out.writeVarInt(assign.firstWindow(), true);
    }

    static Assign assign(WireInput in) {
        return new Assign(in.actor(), lease(in), TrialWire.spec(in), in.readVarInt(true));
    }

    static void write(WireOutput out, Cancel cancel) {
        write(out, cancel.lease());
        out.text(cancel.reason());
    }

    static Cancel cancel(WireInput in) {
        return new Cancel(lease(in), in.text());
    }

    static void write(WireOutput out, Curtail curtail) {
        write(out, curtail.lease());
        out.writeVarInt(curtail.toWindow(), true);
    }

    static Curtail curtail(WireInput in) {
        return new Curtail(lease(in), in.readVarInt(true));
    }

    static void write(WireOutput out, Retire retire) {
        out.text(retire.reason());
    }

    static Retire retire(WireInput in) {
        return new Retire(in.text());
    }

    private static void write(WireOutput out, Lease lease) {
        out.writeVarLong(lease.trial(), true);
        out.writeVarInt(lease.attempt(), true);
    }

    private static Lease lease(WireInput in) {
        return new Lease(in.readVarLong(true), in.readVarInt(true));
    }
}
