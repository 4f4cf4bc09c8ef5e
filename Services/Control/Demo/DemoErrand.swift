internal import EventTypes

/// What a customer does at the platform's own checkout, and what must have become of it in the end,
/// computed from the prices, the terms and the refunds alone.
struct DemoErrand: Sendable {
    /// What happens to the order.
    enum Course: Int, CaseIterable, Sendable {
        /// Bought, delivered, credited.
        case plain
        /// One piece comes back after the cashback was credited.
        case returned
        /// The customer changes his mind before it is delivered.
        case cancelled
        /// There is not enough money.
        case poor
        /// The checkout is sent three times at once, with two keys; a part is refunded before the
        /// delivery.
        case repeated
        /// A part is bought from a shop that gives no cashback.
        case mixed
    }

    struct Line: Sendable {
        let ware: DemoWare
        let quantity: Int64
    }

    /// Three percent.
    static let basisPoints: Int64 = 300
    /// What is refunded before the delivery in the course `repeated`.
    static let earlyRefund: Int64 = 333
    /// What the poor have.
    static let alms: Int64 = 500
    /// The first of all customers go every course, then every third goes one.
    static let firstShoppers = Course.allCases.count

    let course: Course
    let lines: [Line]
    /// What the lines cost.
    let total: Int64
    /// The part of it that earns cashback.
    let earning: Int64
    /// What is paid in beforehand.
    let deposit: Int64

    /// - Returns: nil for a customer who buys elsewhere only.
    init?(ofCustomer index: Int) {
        guard index < Self.firstShoppers || index % 3 == 0 else { return nil }
        let number = index < Self.firstShoppers ? index : Self.firstShoppers + index / 3
        let courses = Course.allCases
        course = courses[number % courses.count]
        let few = Int64(1 + index % 3)
        lines =
            switch course {
            case .poor: [Line(ware: .gramophone, quantity: 1)]
            case .mixed: [Line(ware: .disc, quantity: few), Line(ware: .poster, quantity: 2)]
            default: [Line(ware: .disc, quantity: 1 + few), Line(ware: .box, quantity: 1)]
            }
        total = lines.reduce(0) { $0 + $1.ware.price * $1.quantity }
        earning = lines.reduce(0) { $0 + ($1.ware.isOurs ? $1.ware.price * $1.quantity : 0) }
        deposit = course == .poor ? Self.alms : total + 100
    }

    /// What becomes of the order.
    var orderState: String? {
        switch course {
        case .poor: nil
        case .cancelled: "cancelled"
        default: "fulfilled"
        }
    }

    /// What of the order goes back to its buyer.
    var refunded: Int64 {
        switch course {
        case .plain, .mixed, .poor: 0
        case .returned: DemoWare.disc.price
        case .cancelled: total
        case .repeated: Self.earlyRefund
        }
    }

    /// Three percent, halves to even.
    private var original: Int64 {
        let product = earning * Self.basisPoints
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: 10_000)
        let isUp = remainder > 5_000 || (remainder == 5_000 && quotient % 2 == 1)
        return quotient + (isUp ? 1 : 0)
    }

    /// What is left of the cashback after refunds: in proportion, rounded down.
    private var kept: Int64 { original * (earning - refunded) / earning }

    /// What the ledger credits for it.
    var credited: Int64 {
        switch course {
        case .plain, .mixed, .returned: original
        case .repeated: kept
        case .cancelled, .poor: 0
        }
    }

    /// What the ledger takes back again.
    var clawedBack: Int64 { course == .returned ? original - kept : 0 }

    /// What stays in the platform's settlement account: the price without what went back, without
    /// the cashback that it paid itself.
    var settled: Int64 {
        course == .poor ? 0 : total - refunded - credited + clawedBack
    }
}

/// What the platform's own shops sell.
enum DemoWare: String, CaseIterable, Sendable {
    case disc, box, gramophone, poster

    var title: String {
        switch self {
        case .disc: "Compact disc"
        case .box: "Box of five discs"
        case .gramophone: "Gramophone"
        case .poster: "Poster"
        }
    }

    /// In cents.
    var price: Int64 {
        switch self {
        case .disc: 1_499
        case .box: 4_995
        case .gramophone: 999_900
        case .poster: 745
        }
    }

    /// Whether its shop has an offer of cashback.
    var isOurs: Bool { self != .poster }

    var stock: Int64 { self == .gramophone ? 3 : 1_000_000 }
}
