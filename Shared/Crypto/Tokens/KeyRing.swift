internal import EventTypes
public import Runtime
internal import Synchronization

/// The signing keys of an issuer: one signs, those before it still verify until the last token that
/// they signed has expired.
public final class KeyRing: Sendable {
    private struct State {
        var current: SigningKey
        /// Newest first, with the time at which each stopped signing.
        var previous: [(key: SigningKey, retiredAt: Timestamp)] = []
    }

    private let overlap: Duration
    private let clock: any WallClock
    private let state: Mutex<State>

    /// - Parameters:
    ///   - current: the key that signs.
    ///   - overlap: how long a key verifies after it stopped signing; longer than a token lives.
    public init(current: SigningKey, overlap: Duration, clock: any WallClock) {
        self.overlap = overlap
        self.clock = clock
        state = Mutex(State(current: current))
    }

    /// The key that signs now.
    public var current: SigningKey { state.withLock { $0.current } }

    /// Signs with the current key.
    public var signer: JWTSigner { JWTSigner(key: current) }

    /// The public keys that verify now, the current one first.
    public var published: JWKSet {
        let now = clock.now()
        return state.withLock { state in
            state.previous.removeAll { $0.retiredAt + overlap <= now }
            return JWKSet(
                keys: [state.current.publicJWK] + state.previous.map(\.key.publicJWK))
        }
    }

    /// Lets `key` sign from now on. Rotating to the current key changes nothing.
    public func rotate(to key: SigningKey) {
        let now = clock.now()
        state.withLock { state in
            guard key.keyID != state.current.keyID else { return }
            state.previous.removeAll { $0.key.keyID == key.keyID }
            state.previous.insert((state.current, now), at: 0)
            state.current = key
        }
    }
}
