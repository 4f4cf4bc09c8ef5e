internal import HTTP

/// Which requests may be sent a second time without anything being done twice.
struct RetryRule: Sendable, Hashable {
    /// How an attempt ended.
    enum Failure: Sendable, Hashable {
        /// Nothing of the request has left.
        case unsent
        /// It was sent, at least in part, and not a byte of an answer came.
        case unanswered
        /// It was answered with 502, 503 or 504.
        case turnedAway
        /// Anything else: an answer that broke off, or one that did not come in time.
        case other
    }

    let method: HTTPMethod
    /// Whether the request names itself by an `Idempotency-Key`.
    let isKeyed: Bool
    /// Whether its body is still there whole.
    let isWhole: Bool

    /// - Parameter hasOther: whether another replica can be asked.
    func allows(after failure: Failure, hasOther: Bool) -> Bool {
        let isSafe = method == .get || method == .head || method == .options
        switch failure {
        case .unsent: return isSafe || isKeyed || method == .put || method == .delete || hasOther
        case .unanswered: return isWhole && (isSafe || isKeyed && method == .post)
        case .turnedAway: return isWhole && isSafe && hasOther
        case .other: return false
        }
    }
}
