internal import Crypto
internal import EventTypes
internal import Runtime
internal import Synchronization

/// Access tokens that were found good lately, and whose they are: the same few come with every
/// request, and a signature takes longer to check than all the rest of a request.
///
/// A token is known by its SHA-256, so that none is kept. It counts until it expires, and only for
/// the edition of keys that it was checked with: a key that is withdrawn takes its tokens along.
final class VerifiedTokens: Sendable {
    /// Half of what is kept: when so many have come, those before them that were not used go.
    static let generationLimit = 16_384

    private struct Known {
        let identity: Identity
        /// Seconds since 1970.
        let expiresAt: Int64
    }

    private struct State {
        var edition = 0
        var young: [Name: Known] = [:]
        var old: [Name: Known] = [:]
    }

    /// The SHA-256 of a token.
    struct Name: Hashable, Sendable {
        private let words: (UInt64, UInt64, UInt64, UInt64)

        init(of token: UnsafeBufferPointer<UInt8>) {
            words = Digest.sha256Words(UnsafeRawBufferPointer(token))
        }

        init(of token: String) {
            var token = token
            self = token.withUTF8 { Name(of: $0) }
        }

        static func == (left: Self, right: Self) -> Bool { left.words == right.words }

        /// Nobody can choose digests that begin alike.
        func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
    }

    private let clock: any WallClock
    private let state = Mutex(State())

    init(clock: any WallClock) { self.clock = clock }

    /// Whose token it is; nil where it has to be checked.
    func identity(of token: String, edition: Int) -> Identity? {
        identity(of: Name(of: token), edition: edition)
    }

    /// Whose token has that name; nil where it has to be checked.
    func identity(of name: Name, edition: Int) -> Identity? {
        let now = clock.now().microseconds / 1_000_000
        return state.withLock { state in
            guard state.edition == edition else { return nil }
            if let known = state.young[name] {
                return now < known.expiresAt ? known.identity : nil
            }
            guard let known = state.old.removeValue(forKey: name), now < known.expiresAt else {
                return nil
            }
            Self.keep(known, name, in: &state)
            return known.identity
        }
    }

    /// Takes in a token that was found good.
    func add(_ token: String, _ claims: AccessClaims, edition: Int) {
        let known = Known(identity: claims.identity, expiresAt: claims.expiresAt)
        let name = Name(of: token)
        state.withLock { state in
            if edition > state.edition { state = State(edition: edition) }
            guard edition == state.edition else { return }
            Self.keep(known, name, in: &state)
        }
    }

    private static func keep(_ known: Known, _ name: Name, in state: inout State) {
        state.young[name] = known
        if state.young.count >= generationLimit {
            state.old = state.young
            state.young = [:]
        }
    }
}
