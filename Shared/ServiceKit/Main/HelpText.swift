internal import Runtime

/// What `--help` says: what the program is, what it can do, and every setting with its default.
enum HelpText {
    static func make<Service: SoukService>(
        _ service: Service.Type, subcommands: [Subcommand], keys: [AnyConfigurationKey]
    ) -> String {
        let name = Service.name
        var rows: [(String, String)] = [
            ("serve", "Migrate, then serve until SIGTERM or Ctrl-C. The default."),
            ("migrate", "Bring the database schema up to date and end."),
            (
                "rebuild [projection]",
                "Build read models anew from the log, verify them, and switch; all without a name."
            ),
            (
                "verify",
                "Check every invariant of the log and of the service; 1 when one is broken."
            ),
            ("published", "Print what the log publishes, with its numbers on the topics."),
            ("parked list", "Show the events that could not be handled."),
            ("parked show ID", "Show one of them and why."),
            ("parked retry ID", "Handle it and what queues behind it again."),
            (
                "parked redrive [--matching TEXT]",
                "Handle everything again that is parked, or was for such a reason."
            ),
            ("parked discard ID --reason TEXT", "Give it up, and say why."),
            ("parked history", "Show what was done about parked events, and by whom."),
            (
                "health",
                "Ask the one that serves on this port whether it is ready; 1 when it is not."
            ),
            ("openapi", "Print the OpenAPI document of the routes."),
        ]
        rows += subcommands.map {
            ($0.usage.isEmpty ? $0.name : "\($0.name) \($0.usage)", $0.summary)
        }
        let width = rows.map { $0.0.count }.max() ?? 0
        let lines = rows.map { row in
            "  \(name) \(row.0)\(String(repeating: " ", count: width - row.0.count))  \(row.1)\n"
        }
        return """
            \(name): \(Service.summary)

            Usage:
            \(lines.joined())
            Settings come from the environment. Each can also be given as a file: NAME_FILE holds its
            path. A wrong one stops the start with a sentence and exit status 78.

            \(Configuration.help(keys))
            Once it serves: /livez, /readyz, /metrics and /openapi.json on its port.

            """
    }
}
