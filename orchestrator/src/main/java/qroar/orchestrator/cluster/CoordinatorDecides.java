package qroar.orchestrator.cluster;

import java.time.Duration;
import org.apache.pekko.actor.AbstractActorWithTimers;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.ClusterEvent.ReachableMember;
import org.apache.pekko.cluster.ClusterEvent.UnreachableMember;
import org.apache.pekko.cluster.DowningProvider;
import org.apache.pekko.cluster.Member;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;

/**
 * Who leaves a cluster that is a star: the coordinator downs a worker that stays unreachable, and never itself; a worker that
 * does not hear the coordinator downs itself, and never another.
 *
 * <p>Pekko's split-brain resolver was left: where several workers die at once, some members still hear one that others do
 * not, and it then downs all "indirectly connected" ones, in a burst everybody, the coordinator included.
 */
public final class CoordinatorDecides extends DowningProvider {
    private final Duration stableAfter;

    /** Called by Pekko. */
    public CoordinatorDecides(ActorSystem system) {
        this.stableAfter = system.settings().config().getDuration("qroar.cluster.stable-after");
    }

    @Override
    public FiniteDuration downRemovalMargin() {
        return FiniteDuration.Zero();
    }

    @Override
    public Option<Props> downingActorProps() {
        return Option.apply(Props.create(Judge.class, () -> new Judge(stableAfter)));
    }

    /** Waits until an unreachable member has been so for long enough. */
    static final class Judge extends AbstractActorWithTimers {
        private final Cluster cluster = Cluster.get(getContext().getSystem());
        private final boolean coordinates = cluster.getSelfRoles().contains(ClusterConfig.COORDINATOR_ROLE);
        private final Duration stableAfter;

        private record StillUnreachable(Member member) {}

        Judge(Duration stableAfter) {
            this.stableAfter = stableAfter;
        }

        @Override
        public void preStart() {
            cluster.subscribe(
                    getSelf(),
                    ClusterEvent.initialStateAsEvents(),
                    UnreachableMember.class,
                    ReachableMember.class,
                    ClusterEvent.MemberRemoved.class);
        }

        @Override
        public void postStop() {
            cluster.unsubscribe(getSelf());
        }

        @Override
        public Receive createReceive() {
            return receiveBuilder()
                    .match(UnreachableMember.class, event -> watch(event.member()))
                    .match(ReachableMember.class, event -> forget(event.member()))
                    .match(ClusterEvent.MemberRemoved.class, event -> forget(event.member()))
                    .match(StillUnreachable.class, late -> decide(late.member))
                    .build();
        }

        private void watch(Member member) {
            boolean mine = coordinates
                    ? !member.uniqueAddress().equals(cluster.selfUniqueAddress())
                    : member.hasRole(ClusterConfig.COORDINATOR_ROLE);
            if (mine) {
                getTimers().startSingleTimer(member.uniqueAddress(), new StillUnreachable(member), stableAfter);
            }
        }

        private void forget(Member member) {
            getTimers().cancel(member.uniqueAddress());
        }

        private void decide(Member member) {
            Address address = member.address();
            if (coordinates) {
                cluster.down(address);
            } else if (cluster.failureDetector().isMonitoring(address)
                    && cluster.failureDetector().isAvailable(address)) {
                // Another worker does not hear the coordinator; this one does, and looks again.
                watch(member);
            } else {
                cluster.down(cluster.selfAddress());
            }
        }
    }
}
