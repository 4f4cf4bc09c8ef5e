internal import CPostgres

/// Why the database did not do what was asked.
public struct DatabaseError: Error, Sendable {
    /// What kind of failure it is, for callers that treat kinds differently.
    public enum Code: String, Sendable {
        /// No connection could be made; nothing was sent.
        case unreachable
        /// The connection broke. See `isOutcomeUnknown`.
        case connectionLost
        /// The statement took longer than it may (`statement_timeout`, or a server that is silent).
        case timeout
        /// The calling task was cancelled; the statement had no effect.
        case cancelled
        /// The server refused the statement: see `sqlState`.
        case server
        /// No connection of the pool became free in time, or too many callers wait already.
        case poolExhausted
        /// The pool or the connection was closed.
        case closed
        /// A value cannot be sent (NUL in text, too many parameters); nothing was sent.
        case invalidParameter
        /// A column is missing or not of the type asked for.
        case decoding
        /// A migration was refused; `message` is the sentence for the operator.
        case migration
        /// The transaction had failed before its commit: everything in it was rolled back.
        case transactionFailed
        /// The server or libpq did what the protocol does not allow.
        case protocolViolation
    }

    public var code: Code
    /// The server's five-character code (PostgreSQL, appendix A), for errors of its own.
    public var sqlState: String?
    public var constraint: String?
    public var table: String?
    public var column: String?
    /// Which statement of a `pipeline` failed, from 0.
    public var statementIndex: Int?
    /// The main sentence. May quote a value: shown by `debugDescription` only, unless it is ours.
    public var message: String
    /// The server's detail, as it was raised. Quotes values.
    public var detail: String?
    /// The server's hint, and where in its functions it was. Quotes values.
    public var circumstances: String?
    /// The statement's text without its values.
    public var statement: String?
    /// Whether the statement may or may not have been carried out.
    public var isOutcomeUnknown: Bool

    public init(
        _ code: Code, _ message: String, sqlState: String? = nil, isOutcomeUnknown: Bool = false
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.isOutcomeUnknown = isOutcomeUnknown
    }

    /// Whether the work certainly had no effect and may succeed when it is repeated as a whole:
    /// serialization failures, deadlocks, locks not available, servers starting or out of disk,
    /// memory or connections, connections that never were.
    public var isRetriable: Bool {
        switch code {
        case .unreachable, .poolExhausted: return true
        case .connectionLost: return !isOutcomeUnknown
        case .server:
            return switch sqlState {
            case "40001", "40P01", "55P03", "57P03": true
            // Insufficient resources (PostgreSQL, appendix A, class 53): the statement is not to
            // blame.
            default: sqlState?.hasPrefix("53") == true
            }
        default: return false
        }
    }

    /// Whether the fault lies with the server, the network or the load, not with what was asked:
    /// the same may work later, however often it has failed.
    public var isOfTheMoment: Bool {
        switch code {
        case .unreachable, .connectionLost, .timeout, .cancelled, .poolExhausted, .closed: true
        case .server:
            // Classes of appendix A: connection, rollback, resources, state, operator, system.
            ["08", "40", "53", "55", "57", "58"].contains { sqlState?.hasPrefix($0) == true }
        case .invalidParameter, .decoding, .migration, .transactionFailed, .protocolViolation:
            false
        }
    }

    /// Whether a unique or exclusion constraint refused the statement.
    public var isUniqueViolation: Bool { sqlState == "23505" || sqlState == "23P01" }

    static func decoding(column: String, _ reason: String) -> DatabaseError {
        var error = DatabaseError(.decoding, "The column \(column) \(reason).")
        error.column = column
        return error
    }
}

extension DatabaseError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Safe for logs: codes and names of the schema, no values.
    public var description: String {
        var text = "database \(code.rawValue)"
        if let sqlState { text += " \(sqlState)" }
        if let constraint { text += " constraint \(constraint)" }
        if let table { text += " table \(table)" }
        if let statementIndex { text += " statement #\(statementIndex)" }
        // Class 22 is about data and quotes it; the others name objects of the schema.
        if sqlState?.hasPrefix("22") != true { text += ": \(message)" }
        if isOutcomeUnknown { text += " (the outcome is unknown)" }
        return text
    }

    /// Everything, values that the server quotes included: for a developer's eyes only.
    public var debugDescription: String {
        var text = "\(description) | \(message)"
        if let detail { text += " | \(detail)" }
        if let circumstances { text += " | \(circumstances)" }
        if let statement { text += " | \(statement)" }
        return text
    }
}

extension DatabaseError {
    /// Reads what the server said.
    init(result: OpaquePointer, statement: String?) {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, CInt(code.value)).map { String(cString: $0) }
        }
        let state = field("C")
        let code: Code = state == "57014" ? .timeout : .server
        self.init(
            code, field("M") ?? String(cString: PQresultErrorMessage(result)), sqlState: state)
        constraint = field("n")
        table = field("t")
        column = field("c")
        detail = field("D")
        let more = [field("H"), field("W")].compactMap { $0 }
        circumstances = more.isEmpty ? nil : more.joined(separator: " ")
        self.statement = statement
    }
}
