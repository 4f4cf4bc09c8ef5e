internal import EventTypes
internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let insufficientFunds = ProblemSlug(
        "insufficient-funds", 409, "There is not enough money")
    static let dailyLimitExceeded = ProblemSlug(
        "daily-limit-exceeded", 409, "The limit of the day does not allow this")
    static let wrongState = ProblemSlug("wrong-state", 409, "It is too late or too early for this")
    static let recipientUnknown = ProblemSlug(
        "recipient-unknown", 409, "There is no wallet to send to")
    static let accountClosed = ProblemSlug("account-closed", 409, "This wallet is closed")
    static let approverIsOwner = ProblemSlug(
        "approver-is-owner", 403, "Nobody decides about their own money")
    static let badSignature = ProblemSlug(
        "bad-signature", 401, "The signature is missing, wrong or too old")
}

extension WalletError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .amountNotPositive: .bodyFault("/amount/amount_minor", "must be more than zero")
        case .amountOutOfRange: .bodyFault("/amount/amount_minor", "is too large")
        case .currencyMismatch: .bodyFault("/amount/currency", "is another currency")
        case .currencyNotOffered(let currency):
            .bodyFault("/amount/currency", "\(currency.code) is not offered here")
        case .insufficientFunds(let available, let needed):
            ProblemSlug.insufficientFunds.problem("\(available) of \(needed) are available.")
        case .dailyLimitExceeded(let limit, let used):
            ProblemSlug.dailyLimitExceeded.problem("\(used) of \(limit) are used today.")
        case .holdNotFound, .withdrawalNotFound, .depositNotFound, .noticeNotFound, .notTheOwner:
            ProblemSlug.notFound.problem()
        case .holdResolved(let outcome):
            ProblemSlug.wrongState.problem("The hold was \(outcome.rawValue).")
        case .captureExceedsHold(let held):
            .bodyFault("/amount/amount_minor", "is more than the \(held) that are held")
        case .holdNotCaptured: ProblemSlug.wrongState.problem("The hold is open.")
        case .refundExceedsCapture(let remaining):
            .bodyFault("/amount/amount_minor", "is more than the \(remaining) not refunded yet")
        case .refundReused: .bodyFault("/refund_id", "is a refund of another amount")
        case .tooManyRefunds:
            ProblemSlug.wrongState.problem("The hold was refunded \(Hold.mostRefunds) times.")
        case .holdNotDue: .bodyFault("/expires_in_seconds", "is out of range")
        case .wrongPhase(let phase): ProblemSlug.wrongState.problem("It is \(phase).")
        case .customerClosed: ProblemSlug.accountClosed.problem()
        case .sameCustomer: .bodyFault("/to", "is yourself")
        case .recipientUnavailable: ProblemSlug.recipientUnknown.problem()
        case .approverIsOwner: ProblemSlug.approverIsOwner.problem()
        case .destinationMalformed: .bodyFault("/destination/value", "is no such account")
        case .reasonMalformed: .bodyFault("/reason", "must be one line of 1 to 200 characters")
        case .boundExceeded, .postingsDoNotBalance, .tooFewLegs, .zeroLeg, .accountTwice,
            .transactionReused, .kycLevelOutOfRange, .reportContradicts,
            .reportAmountDiffers, .notCredited, .clawbackExceedsCredit:
            ProblemSlug.unexpected.problem()
        }
    }
}
