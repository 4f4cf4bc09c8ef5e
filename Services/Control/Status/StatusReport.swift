internal import EventTypes

/// What a look at the platform has found; `--format json` prints it.
struct StatusReport: Codable, Sendable, Equatable {
    /// Something that is wrong, in a sentence.
    struct Finding: Codable, Sendable, Equatable {
        enum Kind: String, Codable, Sendable {
            case unanswered, program, blocked, behind, parked, stuck, timers, breaker, loop, disk
        }

        let kind: Kind
        let service: String?
        let text: String
    }

    /// A question that nobody answered in time.
    struct Unanswered: Codable, Sendable, Equatable {
        let question: String
        let reason: String
    }

    struct Program: Codable, Sendable, Equatable {
        enum State: String, Codable, Sendable {
            case running
            /// By SIGSTOP or a debugger: it does nothing until it is let go on.
            case halted
            case starting, restarting, stopped
            /// It is not on this machine.
            case elsewhere
        }

        let name: String
        var pid: Int32?
        var state: State
        /// In seconds.
        var uptime: Int?
        /// Resident, in bytes.
        var memory: Int?
        var restarts: Int?
        /// nil where it is not asked.
        var ready: Bool?
        /// What it says that it misses, or why it did not answer.
        var fault: String?
        /// The longest wait for its event loop of late, in seconds.
        var lag: Double?
        var address: String?
    }

    /// Something that follows a log or a topic.
    struct Follower: Codable, Sendable, Equatable {
        enum Kind: String, Codable, Sendable { case log, projection, publisher, consumer }

        let service: String
        let kind: Kind
        /// Of the projection or the topic.
        let name: String
        /// The service whose events a consumer follows; nil where that is not known.
        var source: String?
        let position: Int64
        let end: Int64
        let behind: Int64
        /// When the oldest event that it has not passed was recorded; nil when that is not known.
        var oldest: Timestamp?
    }

    struct Parked: Codable, Sendable, Equatable {
        let service: String
        /// As `souk parked` takes it.
        let id: String
        let events: Int
        let reason: String
        let since: Timestamp
    }

    /// A process that waits for a person.
    struct Stuck: Codable, Sendable, Equatable {
        let service: String
        let process: String
        let id: String
        let step: String?
        let reason: String?
        let since: Timestamp
    }

    /// A session that waits for a lock, and one that holds it.
    struct Block: Codable, Sendable, Equatable {
        struct Session: Codable, Sendable, Equatable {
            let pid: Int32
            let name: String
            let state: String
            /// Of its transaction, in seconds.
            let age: Double
            /// Without values.
            let query: String
        }

        let waiting: Session
        /// For how long, in seconds.
        let waited: Double
        let holder: Session
    }

    struct Timers: Codable, Sendable, Equatable {
        let service: String
        let kind: String
        let overdue: Int
        let attempts: Int
        let oldest: Timestamp
    }

    struct Breaker: Codable, Sendable, Equatable {
        let service: String
        let replica: Int
        let state: String
    }

    struct Disk: Codable, Sendable, Equatable {
        let place: String
        /// In bytes, as `size`.
        let free: Int
        let size: Int
    }

    var at: Timestamp
    var findings: [Finding] = []
    var unanswered: [Unanswered] = []
    var programs: [Program] = []
    var followers: [Follower] = []
    var parked: [Parked] = []
    var stuck: [Stuck] = []
    var blocked: [Block] = []
    var timers: [Timers] = []
    /// Those that are not closed.
    var breakers: [Breaker] = []
    var disks: [Disk] = []
}
