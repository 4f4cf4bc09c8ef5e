internal import Runtime

/// One command of `souk`.
struct Command: Sendable {
    let syntax: CommandSyntax
    /// - Returns: the exit status.
    let run: @Sendable (CommandArguments, CommandContext) async throws -> Int32
}

/// What every command is given.
struct CommandContext: Sendable {
    /// The one loop of the program; commands run on it.
    let loop: EventLoop
    let environment: [String: String]
    /// The settings of the platform.
    let settings: PlatformSettings
    let logger: Logger
}
