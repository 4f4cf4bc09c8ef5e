public import Runtime

/// The program `souk`: the operator's hand.
public enum ControlService {
    static let commands: [Command] = [
        UpCommand.command, DownCommand.command, StatusCommand.command, LagCommand.command,
        TopicsCommand.command, ParkedCommand.command, RunCommand.command, BrokerCommand.command,
        MailCommand.command, InitCommand.command, DemoCommand.command,
        LoadCommand.command, VerifyCommand.command,
    ]

    /// Does what the command line asks.
    ///
    /// - Returns: the exit status: 0 when all went well, 1 when something did not, 64 for a wrong
    ///   command line, 69 when something that is needed is not there, 78 for wrong settings.
    @concurrent
    public static func run(
        arguments: [String] = Program.arguments, environment: [String: String] = Program.environment
    ) async -> Int32 {
        guard let name = arguments.first, !["--help", "-h", "help"].contains(name) else {
            Terminal.write(help)
            return arguments.isEmpty ? ExitStatus.usage : ExitStatus.success
        }
        guard let command = commands.first(where: { $0.syntax.name == name }) else {
            complain("there is no command \(name); souk --help lists them")
            return ExitStatus.usage
        }
        let rest = Array(arguments.dropFirst())
        let asked = command.syntax.takesAnything ? Array(rest.prefix(1)) : rest
        if asked.contains("--help") || asked.contains("-h") {
            Terminal.write(command.syntax.help)
            return ExitStatus.success
        }
        do {
            let arguments = try CommandArguments(rest, for: command.syntax)
            return try await perform(command, arguments, environment)
        } catch let error as CommandLineError {
            complain("\(error) souk \(name) --help explains it.")
            return ExitStatus.usage
        } catch let error as ConfigurationError {
            complain(error.description)
            return ExitStatus.configuration
        } catch let complaint as Complaint {
            for sentence in complaint.sentences { complain(sentence) }
            return complaint.status
        } catch {
            complain("\(error)")
            return ExitStatus.failure
        }
    }

    private static func perform(
        _ command: Command, _ arguments: CommandArguments, _ environment: [String: String]
    ) async throws -> Int32 {
        let loop = EventLoop(name: "souk")
        let configuration = try Configuration(
            environment: environment, keys: PlatformSettings.keys + RuntimeKeys.all)
        let context = CommandContext(
            loop: loop, environment: environment,
            settings: try PlatformSettings(configuration, environment),
            logger: Logger(
                label: "souk", level: configuration[RuntimeKeys.logLevel],
                sink: StandardLogSink(format: configuration[RuntimeKeys.logFormat])))
        return try await withThrowingTaskGroup(of: Int32.self) { group in
            // A task of its own: only that surely begins on the loop.
            group.addTask(executorPreference: loop) { try await command.run(arguments, context) }
            return try await group.next() ?? ExitStatus.failure
        }
    }

    private static var help: String {
        let width = commands.map(\.syntax.name.count).max() ?? 0
        let rows = commands.map { command in
            let name = command.syntax.name
            let gap = String(repeating: " ", count: width - name.count)
            return "  souk \(name)\(gap)  \(command.syntax.summary)\n"
        }
        return """
            souk: the operator's hand of Souk.

            Usage:
            \(rows.joined())
            Each command explains itself: souk up --help. It keeps everything in .souk of the present
            directory.

            Settings, from the environment:

            \(Configuration.help(PlatformSettings.keys))
            To look at a platform that souk up does not run here (status, lag):

            \(Configuration.help(Deployment.keys))
            """
    }

    private static func complain(_ text: String) { Terminal.write("souk: \(text)\n", to: 2) }
}
