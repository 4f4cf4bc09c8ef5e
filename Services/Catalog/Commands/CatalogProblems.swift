internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let outOfStock = ProblemSlug("out-of-stock", 409, "There are not so many pieces left")
    static let reservationEnded = ProblemSlug(
        "reservation-ended", 409, "The reservation has ended")
    static let stockBelowReserved = ProblemSlug(
        "stock-below-reserved", 409, "More pieces are promised than that")
    static let productDelisted = ProblemSlug(
        "product-delisted", 409, "The product is not offered any more")
    static let currencyFixed = ProblemSlug(
        "currency-fixed", 409, "The currency of a price does not change")
    static let offerWithdrawn = ProblemSlug(
        "offer-withdrawn", 409, "The offer was withdrawn")
}

extension Merchant.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown: ProblemSlug.notFound.problem()
        }
    }
}

extension Category.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown: ProblemSlug.notFound.problem()
        case .ownParent: .bodyFault("/parent_id", "must be another category")
        }
    }
}

extension Product.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown, .noReservation: ProblemSlug.notFound.problem()
        case .delisted: ProblemSlug.productDelisted.problem()
        case .priceNotPositive: .bodyFault("/price/amount_minor", "must be more than zero")
        case .currencyChanged: ProblemSlug.currencyFixed.problem()
        case .quantityOutOfRange:
            .bodyFault("/quantity", "must be within 1 and \(Product.mostPieces)")
        case .belowReserved(let reserved):
            ProblemSlug.stockBelowReserved.problem("\(reserved) pieces are reserved.")
        case .outOfStock(let free):
            ProblemSlug.outOfStock.problem("\(free) pieces are left.")
        case .reservationEnded: ProblemSlug.reservationEnded.problem()
        case .expiryInThePast: .bodyFault("/expires_in_seconds", "must be more than zero")
        }
    }
}

extension Offer.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown: ProblemSlug.notFound.problem()
        case .withdrawn: ProblemSlug.offerWithdrawn.problem()
        case .placeholderMissing:
            .bodyFault("/tracking_url", "must hold \(Offer.placeholder) once")
        case .rewardOutOfRange: .bodyFault("/reward", "is out of range")
        case .currencyMismatch: .bodyFault("/currency", "must be that of reward and cap")
        case .capNotPositive: .bodyFault("/cap", "must be more than zero")
        case .endsBeforeStart: .bodyFault("/valid_until", "must be after valid_from")
        case .unknownRegion: .bodyFault("/regions", "must be codes such as US")
        }
    }
}

extension Coupon.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown: ProblemSlug.notFound.problem()
        case .revoked, .notValidYet, .expired, .usedUp: ProblemSlug.conflict.problem()
        case .codeMalformed:
            .bodyFault("/code", "must be 3 to 40 capital letters, digits or hyphens")
        case .discountOutOfRange: .bodyFault("/discount", "is out of range")
        case .endsBeforeStart: .bodyFault("/valid_until", "must be after valid_from")
        }
    }
}
