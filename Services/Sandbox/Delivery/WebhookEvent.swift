internal import Crypto
internal import EventTypes
internal import JSON

/// The body of a webhook.
struct WebhookEvent: Hashable, Sendable, Codable {
    let id: String
    /// Kind and status, as `payout.succeeded`.
    let type: String
    let createdAt: Timestamp
    /// The payment as it was then.
    let data: Payment

    enum CodingKeys: String, CodingKey {
        case id, type
        case createdAt = "created_at"
        case data
    }

    init(_ delivery: DeliveryQueue.Delivery) {
        id = delivery.event
        type = "\(delivery.payment.kind.rawValue).\(delivery.payment.status.rawValue)"
        createdAt = delivery.payment.updatedAt
        data = delivery.payment
    }
}

/// How webhooks are signed: as Stripe does, `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`.
enum WebhookSignature {
    static let header = "Sandbox-Signature"

    static func value(secret: String, body: [UInt8], at now: Timestamp) -> String {
        let seconds = now.microseconds / 1_000_000
        let message = Array("\(seconds).".utf8) + body
        let digest = HMAC.sha256(key: Array(secret.utf8), message: message)
        return "t=\(seconds),v1=\(Hex.encode(digest))"
    }
}
