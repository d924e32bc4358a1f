package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.Candidate;
import qroar.experiments.search.Incumbent;
import qroar.experiments.search.Round;
import qroar.experiments.stopping.Race;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.stopping.Verdict;

/**
 * A round while its candidates are raced: who has answered, what is wanted still. Immutable; a function of the answers,
 * not of their order.
 */
final class RoundState {
    private final Study study;
    private final Round round;
    private final StoppingRule rule;
    private final Race race;
    private final Map<String, TrialRequest> requests;
    private final Map<String, Double> requiredGains;
    private final Map<String, TrialResult> answers;
    private final Map<String, TrialResult> settled;
    private final List<TrialRequest> wanted;

    private RoundState(RoundState before, Map<String, TrialResult> answers) {
        this.study = before.study;
        this.round = before.round;
        this.rule = before.rule;
        this.race = before.race;
        this.requests = before.requests;
        this.requiredGains = before.requiredGains;
        this.answers = answers;
        this.settled = new LinkedHashMap<>();
        this.wanted = wantedNow();
    }

    private RoundState(Study study, PlanWindows plan, Round round) {
        this.study = study;
        this.round = round;
        this.rule = StoppingRule.of(round.isRace() ? study.stopping() : StoppingSettings.NEVER);
        this.race = Race.of(
                plan,
                study.objective(),
                round.reference().nllNats(),
                study.search().minGain());
        this.requests = new LinkedHashMap<>();
        this.requiredGains = new HashMap<>();
        StudyTrials.candidates(study, round.candidates(), race.plan().count()).forEach(r -> requests.put(r.label(), r));
        round.candidates().forEach(c -> requiredGains.put(c.label(), c.requiredGain()));
        this.answers = Map.of();
        this.settled = new LinkedHashMap<>();
        this.wanted = wantedNow();
    }

    static RoundState begin(Study study, PlanWindows plan, Round round) {
        return new RoundState(study, plan.first(round.documents()), round);
    }

    Round round() {
        return round;
    }

    List<TrialRequest> wanted() {
        return wanted;
    }

    boolean isComplete() {
        return wanted.isEmpty();
    }

    boolean holds(String label) {
        return requests.containsKey(label);
    }

    /** Final results of candidates that need no more windows, by label, in dispatch order. */
    Map<String, TrialResult> settled() {
        return settled;
    }

    private Race raceOf(String label) {
        Double required = requiredGains.get(label);
        return race.requiring(required == null ? race.requiredGain() : required);
    }

    Verdict judge(String label, double[] nllPrefix) {
        return rule.judge(raceOf(label), nllPrefix);
    }

    @Nullable Interval forecast(String label, double[] nllPrefix) {
        return raceOf(label).forecast(nllPrefix);
    }

    /** This state when the answer does not reach as far as is wanted, or was given already. */
    RoundState with(String label, TrialResult raw) {
        TrialRequest request =
                wanted.stream().filter(w -> w.label().equals(label)).findFirst().orElse(null);
        if (request == null) {
            return this;
        }
        TrialResult result = Settlement.ofRace(rule, raceOf(label), request.windowLimit(), raw);
        if (result == null) {
            return this;
        }
        Map<String, TrialResult> more = new HashMap<>(answers);
        more.put(label, result);
        return new RoundState(this, more);
    }

    /** Candidates that were evaluated to the end, as points. */
    List<Incumbent> evaluated() {
        List<Incumbent> points = new ArrayList<>();
        for (Candidate candidate : round.candidates()) {
            if (settled.get(candidate.label()) instanceof TrialResult.Measured measured) {
                double[] nll = measured.nllNats();
                double objective = study.objective().value(race.plan(), nll);
                points.add(new Incumbent(candidate.label(), candidate.positions(), candidate.scales(), nll, objective));
            }
        }
        return points;
    }

    private List<TrialRequest> wantedNow() {
        List<Integer> rungs = rule.rungs(race.plan(), requests.size());
        return rungs.isEmpty() ? missing() : climb(rungs);
    }

    private List<TrialRequest> missing() {
        List<TrialRequest> missing = new ArrayList<>();
        for (TrialRequest request : requests.values()) {
            TrialResult answer = answers.get(request.label());
            if (answer == null) {
                missing.add(request);
            } else {
                settled.put(request.label(), answer);
            }
        }
        return List.copyOf(missing);
    }

    /** Replays the rungs as far as the answers reach; settles who is left behind. */
    private List<TrialRequest> climb(List<Integer> rungs) {
        List<TrialRequest> racing = new ArrayList<>(requests.values());
        for (int rung : rungs) {
            List<TrialRequest> missing = new ArrayList<>();
            List<TrialRequest> reached = new ArrayList<>();
            for (TrialRequest request : racing) {
                TrialResult answer = answers.get(request.label());
                if (answer instanceof TrialResult.Measured measured) {
                    (measured.nllNats().length >= rung ? reached : missing).add(request);
                } else if (answer == null) {
                    missing.add(request);
                } else {
                    settled.put(request.label(), answer);
                }
            }
            if (!missing.isEmpty()) {
                return missing.stream()
                        .map(r -> new TrialRequest(r.label(), r.spec(), rung, r.priority()))
                        .toList();
            }
            if (rung == race.plan().count()) {
                reached.forEach(r -> settled.put(r.label(), java.util.Objects.requireNonNull(answers.get(r.label()))));
                return List.of();
            }
            racing = best(reached, rung);
        }
        throw new IllegalStateException("the last rung is the whole plan");
    }

    private List<TrialRequest> best(List<TrialRequest> reached, int rung) {
        Map<String, Double> rates = new HashMap<>();
        reached.forEach(r -> rates.put(r.label(), race.linearGainRate(losses(r.label()), rung)));
        // The sort is stable: equal gains keep dispatch order.
        List<TrialRequest> ranked = reached.stream()
                .sorted(Comparator.comparingDouble((TrialRequest r) -> -rate(rates, r)))
                .toList();
        int keep = rule.survivors(ranked.size());
        for (TrialRequest left : ranked.subList(keep, ranked.size())) {
            double[] prefix = java.util.Arrays.copyOf(losses(left.label()), rung);
            Verdict verdict = new Verdict(true, rate(rates, left), Double.POSITIVE_INFINITY, 1);
            settled.put(left.label(), new TrialResult.Stopped(prefix, verdict));
        }
        List<TrialRequest> kept = new ArrayList<>(ranked.subList(0, keep));
        return kept;
    }

    private static double rate(Map<String, Double> rates, TrialRequest request) {
        Double rate = rates.get(request.label());
        return rate == null ? Double.NEGATIVE_INFINITY : rate;
    }

    private double[] losses(String label) {
        @Nullable TrialResult answer = answers.get(label);
        if (answer instanceof TrialResult.Measured measured) {
            return measured.nllNats();
        }
        throw new IllegalStateException(label + " has no losses");
    }
}
