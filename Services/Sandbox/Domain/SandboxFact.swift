internal import EventTypes

/// One line of the provider's file; exactly one member is there.
struct SandboxFact: Hashable, Sendable, Codable {
    /// A payment was taken.
    struct Created: Hashable, Sendable, Codable {
        let payment: Payment
        let idempotencyKey: String
        /// Of the request, so that the key cannot be used for another one.
        let fingerprint: String
        let behaviour: Behaviour

        enum CodingKeys: String, CodingKey {
            case payment
            case idempotencyKey = "idempotency_key"
            case fingerprint, behaviour
        }
    }

    /// A payment reached its next status.
    struct Moved: Hashable, Sendable, Codable {
        let id: String
        let status: PaymentState
        let reason: String?
        let at: Timestamp
    }

    /// An event needs no further delivery: it arrived as often as it should, or was given up.
    struct Settled: Hashable, Sendable, Codable {
        let event: String
        let isDelivered: Bool

        enum CodingKeys: String, CodingKey {
            case event
            case isDelivered = "is_delivered"
        }
    }

    /// From now on payments of that kind (of every kind, when nil) are treated like this.
    struct BehaviourSet: Hashable, Sendable, Codable {
        let kind: PaymentKind?
        let behaviour: Behaviour
    }

    var created: Created?
    var moved: Moved?
    var settled: Settled?
    var behaviourSet: BehaviourSet?

    enum CodingKeys: String, CodingKey {
        case created, moved, settled
        case behaviourSet = "behaviour_set"
    }
}

/// Why the provider refuses.
enum SandboxError: Error, Hashable, Sendable {
    case amountNotPositive
    case destinationMissing
    case referenceMalformed
    case keyReused
    case refused(String)
    case unavailable
}
