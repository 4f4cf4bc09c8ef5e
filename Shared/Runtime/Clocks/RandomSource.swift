internal import Glibc

/// Gives random bytes. Business code is given one, so that tests can repeat a run.
public protocol RandomSource: Sendable {
    /// `count` random bytes; fit for keys and tokens unless the source says that it is for tests.
    func bytes(_ count: Int) -> [UInt8]
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
