internal import EventTypes

/// One line of the CDNOW purchase log.
struct Purchase: Sendable, Equatable {
    /// From 1, in the file.
    let line: Int
    /// The customer's number in the sample.
    let customer: Int
    let soldAt: Timestamp
    let amount: Money
}

/// The purchases of the one-in-ten sample of the CDNOW log (Fader and Hardie): what 2,357 customers
/// of a real shop bought from January 1997 to June 1998.
struct PurchaseLog: Sendable, Equatable {
    let purchases: [Purchase]

    /// Reads lines of five columns between blanks: customer in the full log, customer in the
    /// sample, date as YYYYMMDD, number of CDs, dollars.
    ///
    /// - Throws: `Complaint` that names the line.
    init(parsing text: String) throws(Complaint) {
        var purchases: [Purchase] = []
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let columns = line.split(whereSeparator: \.isWhitespace)
            if columns.isEmpty { continue }
            guard columns.count == 5, let customer = Int(columns[1]),
                let soldAt = Self.date(columns[2]),
                let amount = Money(decimalText: columns[4], .usd), !amount.isNegative
            else {
                throw Complaint("Line \(number) of the purchase log is not a purchase: \(line)")
            }
            purchases.append(
                Purchase(line: number, customer: customer, soldAt: soldAt, amount: amount))
        }
        guard !purchases.isEmpty else { throw Complaint("The purchase log is empty.") }
        self.purchases = purchases
    }

    private static func date(_ text: Substring) -> Timestamp? {
        guard text.utf8.count == 8, let number = Int(text) else { return nil }
        return Timestamp(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    /// The purchases of the first `limit` customers, or of all, by customer in the file's order.
    func customers(first limit: Int?) -> [(customer: Int, purchases: [Purchase])] {
        var order: [Int] = []
        var byCustomer: [Int: [Purchase]] = [:]
        for purchase in purchases {
            if byCustomer[purchase.customer] == nil {
                if let limit, order.count >= limit { continue }
                order.append(purchase.customer)
            }
            byCustomer[purchase.customer, default: []].append(purchase)
        }
        return order.map { ($0, byCustomer[$0] ?? []) }
    }
}
