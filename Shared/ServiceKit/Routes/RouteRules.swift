/// What a route does with `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
public enum IdempotencyRule: Sendable, Hashable {
    /// The header is ignored.
    case none
    /// A request without it is refused with 400.
    case required
    /// Honoured where it is sent.
    case optional
}

/// What a route does with `If-Match` (RFC 9110 §13.1.1). The version that the client saw arrives as
/// `Call.ifMatch`; hand it to `UnitOfWork.expect`, which leads to 412 where it is stale.
public enum IfMatchRule: Sendable, Hashable {
    /// The header is ignored.
    case none
    /// A request without it is refused with 428.
    case required
    /// Honoured where it is sent.
    case optional
}
