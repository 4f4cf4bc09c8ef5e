public import Crypto
public import EventTypes
internal import Runtime
public import ServiceKit
internal import Synchronization

/// The keys of people in a test: made when first asked for, gone when destroyed.
public final class TestSubjectKeys: SubjectKeys {
    private enum Entry {
        case kept(SubjectKey)
        case destroyed
    }

    private let entries = Mutex<[UserID: Entry]>([:])
    private let random: SeededRandom

    /// The same seed gives the same keys in the same order.
    public init(seed: UInt64 = 7) { random = SeededRandom(seed) }

    public func key(of subject: UserID) async throws -> SubjectKey? { current(subject) }

    /// The key without a wait; nil once destroyed.
    public func current(_ subject: UserID) -> SubjectKey? {
        entries.withLock { entries in
            switch entries[subject] {
            case .kept(let key): return key
            case .destroyed: return nil
            case nil:
                let key = SubjectKey(random.bytes(32))
                entries[subject] = key.map(Entry.kept)
                return key
            }
        }
    }

    /// Destroys a person's key, as erasure does.
    public func destroy(_ subject: UserID) { entries.withLock { $0[subject] = .destroyed } }

    public func forget(_ subject: UserID) {}
}
