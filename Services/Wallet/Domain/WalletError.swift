internal import EventTypes

/// Why the wallet refuses; the routes turn each case into a problem with a stable slug.
enum WalletError: Error, Hashable, Sendable {
    // Amounts
    case amountNotPositive
    case amountOutOfRange
    case currencyMismatch
    case currencyNotOffered(Currency)

    // Ledger
    case insufficientFunds(available: Money, needed: Money)
    case boundExceeded(AccountPurpose)
    case postingsDoNotBalance(Currency)
    case tooFewLegs
    case zeroLeg
    case accountTwice
    case transactionReused

    // Holds
    case holdNotFound
    case holdResolved(HoldOutcome)
    case captureExceedsHold(held: Money)
    case holdNotDue
    case holdNotCaptured
    case refundExceedsCapture(remaining: Money)
    /// The refund was made with another amount.
    case refundReused
    case tooManyRefunds

    // Customers
    case customerClosed
    case sameCustomer
    /// Nobody by this name may receive money: never heard of, or erased.
    case recipientUnavailable
    case dailyLimitExceeded(limit: Money, used: Money)
    case kycLevelOutOfRange

    // Withdrawals and deposits
    case withdrawalNotFound
    case depositNotFound
    case noticeNotFound
    case approverIsOwner
    case notTheOwner
    case destinationMalformed
    case reasonMalformed
    case wrongPhase(String)
    case reportContradicts(String)
    case reportAmountDiffers(expected: Money)

    // Cashback
    case notCredited
    case clawbackExceedsCredit(remaining: Money)
}

extension Money {
    /// The sum, or the wallet's own error.
    func plus(_ other: Money) throws(WalletError) -> Money {
        do {
            return try adding(other)
        } catch {
            throw WalletError(error)
        }
    }

    /// The difference, or the wallet's own error.
    func minus(_ other: Money) throws(WalletError) -> Money {
        try plus(other.negated)
    }
}

extension WalletError {
    init(_ error: MoneyError) {
        self =
            switch error {
            case .outOfRange: .amountOutOfRange
            case .currencyMismatch: .currencyMismatch
            }
    }
}
