public import HTTP

/// Why another service did not give what it was asked for.
public struct NeighbourError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Sendable, Hashable {
        /// It cannot be reached, or says that it cannot serve now.
        case unavailable
        /// It did not answer in time.
        case timedOut
        /// It answered with a status that is no success; see `status` and `slug`.
        case refused
        /// Its answer could not be read.
        case malformed
        /// The call could not be signed.
        case unsigned
    }

    public let code: Code
    public let neighbour: String
    /// The status of its answer, where there was one.
    public let status: Int?
    /// The stable name of its problem, where it sent one.
    public let slug: String?
    /// What happened, for logs.
    public let reason: String

    public init(
        _ code: Code, neighbour: String, status: Int? = nil, slug: String? = nil, reason: String
    ) {
        self.code = code
        self.neighbour = neighbour
        self.status = status
        self.slug = slug
        self.reason = reason
    }

    /// Whether the same call may succeed a little later.
    public var isRetriable: Bool { code == .unavailable || code == .timedOut }

    public var description: String {
        "\(neighbour): \(reason)" + (status.map { " (status \($0))" } ?? "")
    }
}

extension NeighbourError: ProblemConvertible {
    /// 503 where it may pass; 502 otherwise. The client learns who failed, not why.
    public var problem: Problem {
        if isRetriable { return .unavailable("The service \(neighbour) cannot be reached.") }
        return ProblemSlug.badNeighbour.problem("The service \(neighbour) failed.")
    }
}

extension ProblemSlug {
    static let badNeighbour = ProblemSlug(
        "bad-neighbour", 502, "Another part of the platform failed")
}
