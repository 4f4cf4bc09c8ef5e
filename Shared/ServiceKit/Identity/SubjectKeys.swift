public import Crypto
public import EventTypes
internal import HTTP
public import Runtime
internal import Synchronization

/// Gives the keys of the people whose sealed texts a service may open or make.
public protocol SubjectKeys: Sendable {
    /// - Returns: nil when the person's key was destroyed: what is sealed with it is gone for good.
    /// - Throws: `NeighbourError` when the keeper of the keys cannot be asked.
    func key(of subject: UserID) async throws -> SubjectKey?

    /// Drops a kept key, for when `user.erased` arrives.
    func forget(_ subject: UserID)
}

/// What `GET /internal/v1/subject-keys/{userId}` of the user service answers; 404 once destroyed.
public struct SubjectKeyDocument: Codable, Sendable {
    /// 32 bytes in base64url without padding.
    public let key: String

    public init(_ key: SubjectKey) { self.key = Base64URL.encode(key.bytes) }

    /// Where the document of one person is.
    public static func path(of subject: UserID) -> String {
        "/internal/v1/subject-keys/\(subject)"
    }
}

/// Asks the user service, and keeps what it said for a short time, so that an erased person's texts
/// are unreadable everywhere soon after.
public final class RemoteSubjectKeys: SubjectKeys {
    /// The most keys kept; the oldest make room.
    public static let capacity = 2_048
    /// How long a key is kept.
    public static let lifetime: Duration = .seconds(60)

    private struct Kept {
        let key: SubjectKey?
        let until: Timestamp
    }

    private struct State {
        var kept: [UserID: Kept] = [:]
        /// Whose keys are kept, oldest first; may name some that were forgotten.
        var order: [UserID] = []
    }

    private let neighbour: Neighbour
    private let clock: any WallClock
    private let state = Mutex(State())

    public init(neighbour: Neighbour, clock: any WallClock) {
        self.neighbour = neighbour
        self.clock = clock
    }

    public func key(of subject: UserID) async throws -> SubjectKey? {
        let now = clock.now()
        if let kept = state.withLock({ $0.kept[subject] }), now < kept.until { return kept.key }
        let key = try await fetch(subject)
        state.withLock { state in
            if state.kept.updateValue(Kept(key: key, until: now + Self.lifetime), forKey: subject)
                == nil
            {
                state.order.append(subject)
            }
            while state.order.count > Self.capacity {
                state.kept[state.order.removeFirst()] = nil
            }
        }
        return key
    }

    public func forget(_ subject: UserID) {
        state.withLock { state in
            // An entry that is out of date stays, so that `order` has everybody once.
            if state.kept[subject] != nil {
                state.kept[subject] = Kept(key: nil, until: Timestamp(seconds: 0))
            }
        }
    }

    private func fetch(_ subject: UserID) async throws -> SubjectKey? {
        do {
            let document: SubjectKeyDocument = try await neighbour.get(
                SubjectKeyDocument.path(of: subject))
            guard let bytes = Base64URL.decode(document.key), let key = SubjectKey(bytes) else {
                throw NeighbourError(
                    .malformed, neighbour: neighbour.name, reason: "the subject key is not a key")
            }
            return key
        } catch let error as NeighbourError where error.status == 404 {
            return nil
        }
    }
}
