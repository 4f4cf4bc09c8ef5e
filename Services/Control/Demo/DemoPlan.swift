internal import EventTypes

/// What the demonstration will do with the purchases, decided beforehand: every trouble that
/// networks make, on fixed purchases, and what everybody must have in the end.
struct DemoPlan: Sendable {
    /// Five percent.
    static let basisPoints: Int64 = 500

    /// How a purchase is reported.
    enum Manner: Sendable, Equatable {
        /// Pending, then approved.
        case usual
        /// The approval comes before the news of the sale.
        case swapped
        /// Nothing comes but a line of a statement, much later.
        case late
    }

    struct Sale: Sendable {
        let purchase: Purchase
        /// From 0, over all customers.
        let index: Int
        let actionID: String
        let manner: Manner
        /// Whether each postback is sent twice.
        let isRepeated: Bool
        let cashback: Money
    }

    struct Customer: Sendable {
        /// From 0.
        let index: Int
        let number: Int
        let sales: [Sale]
        /// From purchases in the file.
        let cashback: Money
        /// What they buy at the platform's own checkout; nil for nothing.
        let errand: DemoErrand?
    }

    let run: String
    let customers: [Customer]

    var sales: [Sale] { customers.flatMap(\.sales) }
    var errands: [DemoErrand] { customers.compactMap(\.errand) }
    /// What the file says that everybody must get together.
    let cashback: Money
    let gross: Money

    /// - Parameter run: what keeps this run's names apart from those of others.
    init(_ log: PurchaseLog, customers limit: Int?, run: String) throws(MoneyError) {
        self.run = run
        var customers: [Customer] = []
        var total = Money.zero(.usd)
        var gross = Money.zero(.usd)
        var index = 0
        for (number, purchases) in log.customers(first: limit) {
            var sales: [Sale] = []
            var earned = Money.zero(.usd)
            for purchase in purchases {
                let cashback = try purchase.amount.share(basisPoints: Self.basisPoints)
                sales.append(Self.sale(purchase, index, run, cashback))
                earned = try earned.adding(cashback)
                gross = try gross.adding(purchase.amount)
                index += 1
            }
            total = try total.adding(earned)
            customers.append(
                Customer(
                    index: customers.count, number: number, sales: sales, cashback: earned,
                    errand: DemoErrand(ofCustomer: customers.count)))
        }
        self.customers = customers
        cashback = total
        self.gross = gross
    }

    private static func sale(
        _ purchase: Purchase, _ index: Int, _ run: String, _ cashback: Money
    ) -> Sale {
        let ordinal = index + 1
        let manner: Manner =
            ordinal % 11 == 0 ? .late : ordinal % 5 == 0 ? .swapped : .usual
        return Sale(
            purchase: purchase, index: index, actionID: "\(run)-\(purchase.line)", manner: manner,
            isRepeated: ordinal % 7 == 0, cashback: cashback)
    }
}
