internal import Crypto

/// Passwords of simulated people: nobody needs to remember them.
enum RandomSecret {
    static func make() -> String { RandomToken.make(bytes: 18) }
}
