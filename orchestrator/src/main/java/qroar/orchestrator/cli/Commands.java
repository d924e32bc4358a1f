package qroar.orchestrator.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import qroar.orchestrator.cli.bench.BenchCommand;
import qroar.orchestrator.cli.model.ApplyCommand;
import qroar.orchestrator.cli.model.DiagnoseCommand;
import qroar.orchestrator.cli.model.DoctorCommand;
import qroar.orchestrator.cli.model.EvalCommand;
import qroar.orchestrator.cli.model.ExportCommand;
import qroar.orchestrator.cli.model.NeedlesCommand;
import qroar.orchestrator.cli.model.QuantizeCommand;
import qroar.orchestrator.cli.model.RopeCommand;
import qroar.orchestrator.cli.model.TasksCommand;
import qroar.orchestrator.cli.run.CalibrateCommand;
import qroar.orchestrator.cli.run.CertsCommand;
import qroar.orchestrator.cli.run.InitCommand;
import qroar.orchestrator.cli.run.ListenCommand;
import qroar.orchestrator.cli.run.PlanCommand;
import qroar.orchestrator.cli.run.ReplayCommand;
import qroar.orchestrator.cli.run.ReportCommand;
import qroar.orchestrator.cli.run.ResumeCommand;
import qroar.orchestrator.cli.run.RunCommand;
import qroar.orchestrator.cli.run.StatusCommand;
import qroar.orchestrator.cli.run.StopCommand;
import qroar.orchestrator.cli.run.WatchCommand;
import qroar.orchestrator.cli.run.WorkerCommand;

/** All commands, in the order in which help lists them. */
final class Commands {
    private static final List<Class<?>> OURS = List.of(
            InitCommand.class,
            RunCommand.class,
            PlanCommand.class,
            ResumeCommand.class,
            StopCommand.class,
            StatusCommand.class,
            WatchCommand.class,
            ReportCommand.class,
            ReplayCommand.class,
            CalibrateCommand.class,
            BenchCommand.class,
            EvalCommand.class,
            TasksCommand.class,
            NeedlesCommand.class,
            DiagnoseCommand.class,
            QuantizeCommand.class,
            ExportCommand.class,
            ApplyCommand.class,
            RopeCommand.class,
            DoctorCommand.class,
            ListenCommand.class,
            WorkerCommand.class,
            CertsCommand.class);

    private Commands() {}

    /** Every command. */
    static List<Class<?>> all() {
        List<Class<?>> all = new ArrayList<>(OURS);
        all.add(HelpCommand.class);
        all.add(AutoComplete.GenerateCompletion.class);
        return all;
    }

    /** The one that the first word names, for making all of them is most of a short command's time; else every one. */
    static List<Class<?>> wantedBy(String[] arguments) {
        for (Class<?> command : OURS) {
            if (arguments.length > 0
                    && arguments[0].equals(command.getAnnotation(Command.class).name())) {
                return List.of(command);
            }
        }
        return all();
    }
}
