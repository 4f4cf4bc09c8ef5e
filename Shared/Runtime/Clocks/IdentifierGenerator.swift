public import EventTypes
internal import Synchronization

/// Makes new identifiers. Business code is given one, so that tests know them beforehand.
public protocol IdentifierGenerator: Sendable {
    /// An identifier that nobody has had before.
    func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity>
}

extension IdentifierGenerator {
    /// An identifier of the kind that the caller expects.
    public func next<Entity>() -> Identifier<Entity> { next(Entity.self) }
}

/// UUIDv7 (RFC 9562 §5.7): milliseconds first, so that new identifiers sort after older ones.
///
/// One generator's identifiers strictly increase, also within a millisecond and when the clock
/// steps back: the random part then grows by a random step (§6.2, method 2).
public final class UUIDv7Generator: IdentifierGenerator {
    private struct State {
        var milliseconds: UInt64 = 0
        /// The 12 bits of `rand_a`.
        var upper: UInt64 = 0
        /// The 62 bits of `rand_b`.
        var lower: UInt64 = 0
        var pool: [UInt8] = []
        var used = 0
    }

    /// How many random bytes are taken from the source at a time.
    private static let poolBytes = 1_024
    private static let upperLimit: UInt64 = 1 << 12
    private static let lowerLimit: UInt64 = 1 << 62

    private let clock: any WallClock
    private let random: any RandomSource
    private let state = Mutex(State())

    /// A generator on this clock and this randomness.
    public init(clock: any WallClock = SystemClock(), random: any RandomSource = SystemRandom()) {
        self.clock = clock
        self.random = random
    }

    /// A UUIDv7 greater than all this generator made before.
    public func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity> {
        let now = UInt64(max(0, clock.now().microseconds / 1_000))
        return state.withLock { state in
            if now > state.milliseconds {
                state.milliseconds = now
                // The top bit starts at zero, which leaves room to grow within the millisecond.
                state.upper = take(&state) & (Self.upperLimit / 2 - 1)
                state.lower = take(&state) & (Self.lowerLimit - 1)
            } else {
                state.lower += 1 + (take(&state) & 0xFFFF_FFFF)
                if state.lower >= Self.lowerLimit {
                    state.lower -= Self.lowerLimit
                    state.upper += 1
                }
                if state.upper >= Self.upperLimit {
                    state.upper = 0
                    state.milliseconds += 1
                }
            }
            return Identifier(
                high: state.milliseconds << 16 | 0x7000 | state.upper,
                low: 0x8000_0000_0000_0000 | state.lower)
        }
    }

    private func take(_ state: inout State) -> UInt64 {
        if state.used + 8 > state.pool.count {
            state.pool = random.bytes(Self.poolBytes)
            state.used = 0
        }
        defer { state.used += 8 }
        return state.pool[state.used..<state.used + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
