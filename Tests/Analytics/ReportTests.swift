import EventTypes
import Testing

@testable import AnalyticsService

@Suite struct ReportTests {
    private let shop = MerchantID(high: 9, low: 1)
    private let offer = OfferID(high: 9, low: 2)
    private let day = Timestamp(seconds: 1_767_225_600)

    private func user(_ number: UInt64) -> UserID { UserID(high: 1, low: number) }
    private func click(_ number: UInt64) -> ClickID { ClickID(high: 2, low: number) }
    private func sale(_ number: UInt64) -> ConversionID { ConversionID(high: 3, low: number) }
    private func dollars(_ cents: Int64) throws -> Money { try Money(minorUnits: cents, .usd) }

    /// Three clicks of two people: one credited sale, one declined, one click without a sale.
    private func journey() throws -> Journey {
        var journey = Journey()
        let facts: [any PublishedEvent] = [
            CatalogMerchantRegistered(
                merchantID: shop, name: "CDNOW", website: "https://x.example"),
            clicked(1, by: 1), clicked(2, by: 1), clicked(3, by: 2),
            try tracked(1, click: 1, by: 1, 2_933), try tracked(2, click: 3, by: 2, 1_000),
            CashbackConversionPending(
                conversionID: sale(1), merchantID: shop, userID: user(1), sale: try dollars(2_933),
                cashback: try dollars(147), termsVersion: 1, reason: "awaiting_confirmation"),
            CashbackConversionApproved(
                conversionID: sale(1), merchantID: shop, userID: user(1), sale: try dollars(2_933),
                cashback: try dollars(147), reason: "confirmed"),
            CashbackConversionCredited(
                conversionID: sale(1), merchantID: shop, userID: user(1),
                cashback: try dollars(147), transactionID: LedgerTransactionID(high: 4, low: 1)),
            CashbackConversionDeclined(
                conversionID: sale(2), merchantID: shop, userID: user(2), reason: "cancelled"),
        ]
        for fact in facts { journey.apply(fact, at: day) }
        return journey
    }

    private func clicked(_ number: UInt64, by person: UInt64) -> CashbackClickRecorded {
        CashbackClickRecorded(
            clickID: click(number), offerID: offer, merchantID: shop, userID: user(person),
            termsVersion: 1, clickedAt: day + .seconds(Int64(number)))
    }

    private func tracked(
        _ number: UInt64, click: UInt64, by person: UInt64, _ cents: Int64
    ) throws -> CashbackConversionTracked {
        CashbackConversionTracked(
            conversionID: sale(number), clickID: self.click(click), offerID: offer,
            merchantID: shop, userID: user(person), network: "sandbox", actionID: "A-\(number)",
            sale: try dollars(cents), soldAt: day + .seconds(3_600))
    }

    @Test func revenueCountsEverySaleAndOnlyCreditedCashback() throws {
        let lines = RevenueReport.lines(try journey(), .all)
        #expect(lines.count == 1)
        var expected = RevenueReport.Line()
        expected.sales = 2
        expected.gross = 3_933
        expected.credited = 147
        expected.declinedSales = 1
        #expect(lines.values.first == expected)
    }

    @Test func theWindowEndsJustBeforeItsLastInstant() throws {
        let sold = day + .seconds(3_600)
        #expect(RevenueReport.lines(try journey(), ReportWindow(from: nil, to: sold)).isEmpty)
        #expect(RevenueReport.lines(try journey(), ReportWindow(from: sold, to: nil)).count == 1)
    }

    @Test func theFunnelNarrowsFromClicksToCredits() throws {
        let lines = FunnelReport.lines(try journey(), .all)
        #expect(lines[.clicked] == .init(clicks: 3, people: 2))
        #expect(lines[.sold] == .init(clicks: 2, people: 2))
        #expect(lines[.approved] == .init(clicks: 1, people: 1))
        #expect(lines[.credited] == .init(clicks: 1, people: 1))
    }

    @Test func theLedgerNetsToZero() throws {
        var journey = Journey()
        let account = LedgerAccountID(high: 5, low: 1)
        journey.apply(
            WalletTransactionPosted(
                transactionID: LedgerTransactionID(high: 4, low: 1), kind: "cashback_credit",
                reference: "conversion-1",
                postings: [
                    Posting(
                        accountID: account, owner: nil, purpose: "network_receivable",
                        amount: try dollars(-147)),
                    Posting(
                        accountID: account, owner: user(1), purpose: "available",
                        amount: try dollars(147)),
                ], postedAt: day), at: day)
        let net = LedgerReport.lines(journey, .all).values.reduce(0) { $0 + $1.added - $1.taken }
        #expect(net == 0)
        #expect(LedgerReport.table(LedgerReport.lines(journey, .all)).rows.count == 2)
    }

    @Test func quintilesAreFilledEvenlyAndTheBestAreChampions() throws {
        let customers = (1...10).map { number in
            RFMReport.Customer(
                userID: user(UInt64(number)), lastSale: day + .seconds(Int64(number)),
                sales: number, gross: Int64(number) * 100, currency: .usd)
        }
        let scores = RFMReport.scores(customers)
        #expect(scores[user(1)] == .init(recency: 1, frequency: 1, monetary: 1))
        #expect(scores[user(10)] == .init(recency: 5, frequency: 5, monetary: 5))
        #expect(scores.values.count { $0.recency == 3 } == 2)
        #expect(RFMReport.segment(.init(recency: 5, frequency: 5, monetary: 5)) == .champions)
        #expect(RFMReport.segment(.init(recency: 1, frequency: 1, monetary: 1)) == .hibernating)
        #expect(RFMReport.segment(.init(recency: 2, frequency: 5, monetary: 5)) == .atRisk)
    }

    @Test func csvKeepsAmountsExactAndCannotRunFormulas() throws {
        var table = RevenueReport.table(
            RevenueReport.lines(try journey(), .all), merchants: [shop: "=1+1, \"shop\""])
        #expect(table.csv.contains("39.33,USD"))
        #expect(table.csv.contains("\"'=1+1, \"\"shop\"\"\""))
        #expect(table.csv.split(separator: "\r\n").count == 2)
        // A combining mark makes another Character of a quote, and the same field of a reader.
        table.rows[0][0] = .text("a\",\u{301}b\"\u{301}")
        #expect(table.csv.contains("\"a\"\",\u{301}b\"\"\u{301}\""))
        table.rows = []
        #expect(table.text.contains("(nothing in this time)"))
    }

    @Test func aPictureEscapesWhatItShows() throws {
        let table = ReportTable(
            title: "<b>", columns: [.init(name: "a", title: "A"), .init(name: "b", title: "B")],
            rows: [[.text("<script>"), .count(3)]], labelColumn: 0, valueColumn: 1)
        #expect(!table.svg.contains("<script>") && table.svg.contains("&lt;script&gt;"))
        var marked = table
        marked.rows = [[.text("<\u{338}\"\u{301}&\u{301}"), .count(3)]]
        #expect(marked.svg.contains("&lt;\u{338}&quot;\u{301}&amp;\u{301}"))
    }
}
