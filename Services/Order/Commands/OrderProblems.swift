internal import EventTypes
internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let cartClosed = ProblemSlug("cart-closed", 409, "This cart takes nothing any more")
    static let cartFull = ProblemSlug("cart-full", 409, "There is no room for this in the cart")
    static let cartEmpty = ProblemSlug("cart-empty", 409, "There is nothing in the cart")
    static let currencyMixed = ProblemSlug(
        "currency-mixed", 409, "What is in the cart has prices in another currency")
    static let productDelisted = ProblemSlug(
        "product-delisted", 409, "The product is not offered any more")
    static let checkoutRunning = ProblemSlug(
        "checkout-running", 409, "This cart is being checked out already")
    static let wrongState = ProblemSlug(
        "wrong-state", 409, "It is too late or too early for this")
    static let tooManyRefunds = ProblemSlug(
        "too-many-refunds", 409, "This order has been refunded too often")
}

extension Cart.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .absent: ProblemSlug.notFound.problem()
        case .closed, .mergedElsewhere: ProblemSlug.cartClosed.problem()
        case .quantityOutOfRange:
            .bodyFault("/quantity", "must be within 1 and \(Cart.mostPieces)")
        case .tooManyLines:
            ProblemSlug.cartFull.problem("A cart has at most \(Cart.mostLines) products.")
        case .totalOutOfRange: ProblemSlug.cartFull.problem("Its total would be out of range.")
        case .currencyDiffers(let currency):
            ProblemSlug.currencyMixed.problem("The cart is in \(currency.code).")
        }
    }
}

extension Checkout.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .unknown: ProblemSlug.notFound.problem()
        case .empty: ProblemSlug.cartEmpty.problem()
        case .notStuck: ProblemSlug.wrongState.problem("It does not wait to be retried.")
        }
    }
}

extension Order.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .unknown, .refundUnknown: ProblemSlug.notFound.problem()
        case .wrongPhase(let phase):
            ProblemSlug.wrongState.problem("The order is \(phase.rawValue).")
        case .refundNotStuck: ProblemSlug.wrongState.problem("It does not wait to be retried.")
        case .placedDifferently: ProblemSlug.unexpected.problem()
        case .tooManyRefunds: ProblemSlug.tooManyRefunds.problem()
        case .nothingWanted: .bodyFault("/lines", "must have at least one line")
        case .notInOrder(let index):
            .bodyFault("/lines/\(index)/product_id", "is not in this order")
        case .wantedTwice(let index): .bodyFault("/lines/\(index)/product_id", "is named twice")
        case .neitherQuantityNorAmount(let index):
            .bodyFault("/lines/\(index)", "must have a quantity or an amount")
        case .quantityOutOfRange(let index, let left):
            .bodyFault("/lines/\(index)/quantity", "must be within 1 and the \(left) that are left")
        case .amountOutOfRange(let index, let left):
            .bodyFault(
                "/lines/\(index)/amount",
                "must be more than zero and at most the \(left) that are left")
        case .currencyDiffers(let index):
            .bodyFault("/lines/\(index)/amount/currency", "is another currency")
        }
    }
}
