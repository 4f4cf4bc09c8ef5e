/// What a person may be told of. The names are part of the API and of the log.
enum NotificationType: String, Codable, CaseIterable, Sendable, Hashable {
    case welcome
    case orderPaid = "order_paid"
    case orderFulfilled = "order_fulfilled"
    case orderCancelled = "order_cancelled"
    case orderRefunded = "order_refunded"
    case checkoutFailed = "checkout_failed"
    case cashbackPending = "cashback_pending"
    case cashbackCredited = "cashback_credited"
    case cashbackDeclined = "cashback_declined"
    case cashbackClawedBack = "cashback_clawed_back"
    case withdrawalRequested = "withdrawal_requested"
    case withdrawalApproved = "withdrawal_approved"
    case withdrawalRejected = "withdrawal_rejected"
    case withdrawalPaid = "withdrawal_paid"
    case withdrawalFailed = "withdrawal_failed"
    case depositSettled = "deposit_settled"
    case newOffers = "new_offers"
    case referralJoined = "referral_joined"

    /// The channels of people who have not said otherwise. What nobody waits for, and what
    /// advertises, is not mailed unasked.
    var defaults: Channels {
        switch self {
        case .cashbackPending, .cashbackDeclined, .checkoutFailed, .newOffers, .referralJoined:
            .onScreen
        default: .all
        }
    }

    /// Whether its e-mail cannot be switched off: whoever takes over an account must not be able to
    /// move money out of it unheard.
    var isCritical: Bool {
        switch self {
        case .withdrawalRequested, .withdrawalApproved, .withdrawalPaid: true
        default: false
        }
    }
}
