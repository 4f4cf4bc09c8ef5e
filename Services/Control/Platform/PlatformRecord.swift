internal import EventTypes
internal import JSON

/// What `souk up` writes down about the platform that it runs, for `souk status` and the others.
struct PlatformRecord: Codable, Sendable, Equatable {
    /// One program of it.
    struct Program: Codable, Sendable, Equatable {
        var name: String
        var pid: Int32?
        var startedAt: Timestamp?
        var restarts: Int

        enum CodingKeys: String, CodingKey {
            case name, pid
            case startedAt = "started_at"
            case restarts
        }
    }

    /// Of `souk up` itself.
    var pid: Int32
    var startedAt: Timestamp
    /// Whether everything was ready once.
    var isUp: Bool
    var ports: [String: Int]
    /// Of the sandbox's mail server; nil in the record of an older platform.
    var mailPort: Int?
    var programs: [Program]

    enum CodingKeys: String, CodingKey {
        case pid
        case startedAt = "started_at"
        case isUp = "is_up"
        case ports
        case mailPort = "mail_port"
        case programs
    }

    /// The record of the platform in this place; nil when there is none or it cannot be read.
    static func read(_ settings: PlatformSettings) -> PlatformRecord? {
        PlatformFiles.read(settings.recordFile).flatMap {
            try? JSON.decode(PlatformRecord.self, from: $0)
        }
    }

    func write(_ settings: PlatformSettings) throws {
        try PlatformFiles.write(try JSON.text(self) + "\n", to: settings.recordFile)
    }
}
