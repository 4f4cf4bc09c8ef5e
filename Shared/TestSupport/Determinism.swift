public import EventTypes
public import Runtime
internal import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
    private let present: Mutex<Timestamp>

    /// A clock that stands at `time`.
    public init(_ time: Timestamp = Timestamp(seconds: 1_767_225_600)) { present = Mutex(time) }

    /// The time it shows; settable, also backwards.
    public var time: Timestamp {
        get { present.withLock { $0 } }
        set { present.withLock { $0 = newValue } }
    }

    /// Moves the clock by `duration`.
    public func advance(by duration: Duration) { present.withLock { $0 = $0 + duration } }

    /// The time it shows.
    public func now() -> Timestamp { time }
}

/// Gives the identifiers 1, 2, 3, … of any kind, in the shape of UUIDv7.
public final class SequentialIdentifiers: IdentifierGenerator {
    private let last: Mutex<UInt64>

    /// Starts after `last`.
    public init(after last: UInt64 = 0) { self.last = Mutex(last) }

    /// The next number as an identifier.
    public func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity> {
        let number = last.withLock { last in
            last += 1
            return last
        }
        return Self.identifier(number)
    }

    /// The identifier with this number, to name in an expectation.
    public static func identifier<Entity>(_ number: UInt64) -> Identifier<Entity> {
        Identifier(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }
}

/// Randomness that repeats itself for the same seed (SplitMix64). Never for secrets.
public final class SeededRandom: RandomSource, RandomNumberGenerator {
    private let state: Mutex<UInt64>

    /// A source that always begins the same way for this seed.
    public init(_ seed: UInt64 = 1) { state = Mutex(seed) }

    /// The next 64 bits.
    public func next() -> UInt64 {
        let seed = state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
        var word = (seed ^ seed >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// The next `count` bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        (0..<(count + 7) / 8).flatMap { _ in
            let word = next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }.prefix(count).map { $0 }
    }
}
