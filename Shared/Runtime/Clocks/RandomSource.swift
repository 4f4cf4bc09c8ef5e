internal import Glibc
internal import Synchronization

/// Gives random bytes. Business code is given one, so that tests can repeat a run.
public protocol RandomSource: Sendable {
    /// `count` random bytes; fit for keys and tokens unless the source says that it is for tests.
    func bytes(_ count: Int) -> [UInt8]
    /// 64 random bits.
    func word() -> UInt64
}

extension RandomSource {
    /// 64 random bits.
    public func word() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number of `0..<bound`, every one as likely as the others.
    public func uniform(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "no number is below zero")
        // Words below 2^64 mod bound would favour the small numbers.
        let threshold = (0 &- bound) % bound
        while true {
            let (high, low) = word().multipliedFullWidth(by: bound)
            if low >= threshold { return high }
        }
    }
}

/// The kernel's generator, as getrandom(2) gives it: fit for keys and tokens.
public struct SystemRandom: RandomSource {
    /// The most bytes that one call of getentropy(3) gives.
    private static let callLimit = 256

    /// A source without state.
    public init() {}

    /// `count` bytes from the kernel.
    public func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let wanted = min(count - filled, Self.callLimit)
                let failed = getentropy(buffer.baseAddress! + filled, wanted)
                precondition(failed == 0, "the kernel gives no random bytes")
                filled += wanted
            }
        }
    }
}

/// The kernel's generator a page at a time, for what is wanted often and is no secret: names of
/// traces and the like, for which one call of the kernel each would cost more than all the rest.
public final class PooledRandom: RandomSource {
    private struct State {
        var pool: [UInt8] = []
        var used = 0
    }

    private static let poolBytes = 1_024
    private let source: any RandomSource
    private let state = Mutex(State())

    /// A pool over a source of randomness.
    public init(_ source: any RandomSource = SystemRandom()) { self.source = source }

    /// `count` bytes, those beyond the pool's size from the source itself.
    public func bytes(_ count: Int) -> [UInt8] {
        if count > Self.poolBytes { return source.bytes(count) }
        return state.withLock { state in
            let start = draw(count, &state)
            return Array(state.pool[start..<start + count])
        }
    }

    /// 64 random bits.
    public func word() -> UInt64 {
        state.withLock { state in
            let start = draw(8, &state)
            return state.pool.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            }
        }
    }

    private func draw(_ count: Int, _ state: inout State) -> Int {
        if state.used + count > state.pool.count {
            state.pool = source.bytes(Self.poolBytes)
            state.used = 0
        }
        defer { state.used += count }
        return state.used
    }
}
