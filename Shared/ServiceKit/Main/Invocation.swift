/// What the command line asks a service to do.
enum Invocation: Equatable {
    case serve
    case migrate
    /// All projections where no name is given.
    case rebuild(String?)
    case verify
    /// Prints what the log publishes.
    case published
    case parked(ParkedAction)
    case openAPI
    /// Asks the one that serves on this machine.
    case health
    case help
    /// Something that only the service's own blueprint may know.
    case own(String, [String])

    /// One action on parked events.
    enum ParkedAction: Equatable {
        case list
        case show(String)
        case retry(String)
        /// All parked streams, or those whose reason has this text in it.
        case redrive(matching: String?)
        case discard(String, reason: String)
        /// What operators have done.
        case history
    }

    /// - Throws: `UsageError` when an argument is missing or superfluous.
    init(_ arguments: [String]) throws(UsageError) {
        guard let name = arguments.first else {
            self = .serve
            return
        }
        let rest = Array(arguments.dropFirst())
        if Self.ownNames.contains(name), Self.asksForHelp(rest) {
            self = .help
            return
        }
        switch name {
        case "--help", "-h", "help": self = .help
        case "serve":
            try Self.expect(rest, atMost: 0, "serve")
            self = .serve
        case "migrate":
            try Self.expect(rest, atMost: 0, "migrate")
            self = .migrate
        case "rebuild":
            try Self.expect(rest, atMost: 1, "rebuild [projection]")
            self = .rebuild(rest.first)
        case "verify":
            try Self.expect(rest, atMost: 0, "verify")
            self = .verify
        case "published":
            try Self.expect(rest, atMost: 0, "published")
            self = .published
        case "openapi":
            try Self.expect(rest, atMost: 0, "openapi")
            self = .openAPI
        case "health":
            try Self.expect(rest, atMost: 0, "health")
            self = .health
        case "parked": self = .parked(try Self.parked(rest))
        default:
            if name.hasPrefix("-") { throw UsageError("There is no option \(name).") }
            self = .own(name, rest)
        }
    }

    /// What every service can do.
    private static let ownNames: Set = [
        "serve", "migrate", "rebuild", "verify", "published", "parked", "openapi", "health",
    ]

    static func asksForHelp(_ arguments: [String]) -> Bool {
        arguments.contains("--help") || arguments.contains("-h")
    }

    static let parkedUsage =
        "parked [list | show ID | retry ID | redrive [--matching TEXT] | "
        + "discard ID --reason TEXT | history]"

    private static func parked(_ arguments: [String]) throws(UsageError) -> ParkedAction {
        switch (arguments.first, arguments.count) {
        case (nil, _), ("list", 1): return .list
        case ("show", 2): return .show(arguments[1])
        case ("retry", 2): return .retry(arguments[1])
        case ("redrive", 1): return .redrive(matching: nil)
        case ("redrive", 3) where arguments[1] == "--matching" && !arguments[2].isEmpty:
            return .redrive(matching: arguments[2])
        case ("history", 1): return .history
        case ("discard", 4) where arguments[2] == "--reason" && !arguments[3].isEmpty:
            return .discard(arguments[1], reason: arguments[3])
        default: throw UsageError("Usage: \(parkedUsage)")
        }
    }

    private static func expect(
        _ rest: [String], atMost count: Int, _ usage: String
    ) throws(UsageError) {
        if rest.count > count { throw UsageError("Usage: \(usage)") }
    }
}

/// A command line that asks for something that does not exist.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The exit statuses of a service, after sysexits.h.
enum ExitStatus {
    static let success: Int32 = 0
    /// `verify` found something, or a subcommand did not do what it was asked.
    static let failure: Int32 = 1
    /// The command line is wrong.
    static let usage: Int32 = 64
    /// Something that the service needs is not there: database, port.
    static let unavailable: Int32 = 69
    /// The configuration is wrong.
    static let configuration: Int32 = 78
}
