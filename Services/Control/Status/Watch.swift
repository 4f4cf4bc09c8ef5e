internal import Runtime

/// Prints a report once, or again and again until Ctrl-C.
enum Watch {
    static let interval: Duration = .seconds(2)

    static let option = CommandSyntax.Option(
        name: "watch", help: "Look again every two seconds, until Ctrl-C.")

    /// - Parameter look: what to print, and whether all is well.
    static func run(
        _ arguments: CommandArguments, _ context: CommandContext,
        _ look: @escaping @Sendable () async throws -> (text: String, isWell: Bool)
    ) async throws -> Int32 {
        guard arguments.has("watch") else {
            let (text, isWell) = try await look()
            Terminal.write(text)
            return isWell ? ExitStatus.success : ExitStatus.failure
        }
        return try await Interruption.ends {
            while !Task.isCancelled {
                let (text, _) = try await look()
                // A terminal shows the last one only (ECMA-48: home, erase what is below).
                let isScreen = Terminal.isTerminal(1) && arguments["format"] != "json"
                Terminal.write(isScreen ? "\u{1B}[H\u{1B}[J" + text : text)
                try await context.loop.sleep(for: interval)
            }
            return ExitStatus.success
        }
    }
}
