internal import EventStore
internal import EventTypes
internal import JSON

extension PaymentSubject {
    /// Our name of the payment, which the provider gets as reference and as idempotency key:
    /// always the same, so that it is paid once however often it is sent.
    var reference: String {
        switch self {
        case .withdrawal(let id): "withdrawal-\(id)"
        case .deposit(let id): "deposit-\(id)"
        }
    }

    init?(reference: String) {
        let parts = reference.split(separator: "-", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "withdrawal":
            guard let id = WithdrawalID(parts[1]) else { return nil }
            self = .withdrawal(id)
        case "deposit":
            guard let id = DepositID(parts[1]) else { return nil }
            self = .deposit(id)
        default: return nil
        }
    }
}

/// One turn with the provider about a payment: to send it, or to ask how it goes.
struct PaymentAttempt: Hashable, Sendable, Codable {
    static let timer = "payment"
    static let longestPause = Duration.seconds(300)

    let reference: String
    /// 0 is the one that sends it.
    let number: Int

    init(_ subject: PaymentSubject, number: Int = 0) {
        reference = subject.reference
        self.number = number
    }

    /// The timer of this turn: the outbox of what is to be sent.
    ///
    /// - Parameter due: nil for at once.
    func request(due: Timestamp?) throws -> TimerRequest {
        TimerRequest(
            kind: Self.timer, key: "\(reference)/\(number)", due: due,
            payload: try JSON.encode(self))
    }

    /// How long to wait after this turn; doubles up to the longest pause.
    func pause(_ interval: Duration) -> Duration {
        min(Self.longestPause, interval * (1 << min(number, 16)))
    }
}
