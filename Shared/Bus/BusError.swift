/// Why the bus could not do what was asked.
public struct BusError: Error, Sendable, Hashable {
    /// The kinds that a caller may want to tell apart.
    public enum Code: String, Sendable, Hashable {
        /// The configuration is refused; `message` is a sentence for the operator.
        case configuration
        /// No broker could be reached, or none answered in time.
        case unreachable
        /// The broker refused the credentials or the right to do this.
        case denied
        /// The topic or partition does not exist.
        case unknownTopic
        /// The record is larger than the broker takes.
        case tooLarge
        /// The producer or consumer is closed, or was closed meanwhile.
        case closed
        /// The client cannot go on (an idempotent producer that lost its place): close it and make
        /// a new one.
        case fatal
        /// The broker does not know this kind of request.
        case unsupported
        /// Anything else.
        case other
    }

    public let code: Code
    /// What was being done: `send`, `create topic`, …
    public let operation: String
    /// The library's own explanation. Holds no secrets.
    public let message: String
    /// The library's number for the error; 0 when there is none.
    public let number: Int32

    public init(_ code: Code, operation: String, message: String, number: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.message = message
        self.number = number
    }

    /// Whether the same call may succeed later.
    public var isRetriable: Bool { code == .unreachable }
}

extension BusError: CustomStringConvertible {
    public var description: String {
        code == .configuration ? message : "\(operation): \(message)"
    }
}
