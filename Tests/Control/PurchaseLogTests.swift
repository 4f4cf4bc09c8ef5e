import EventTypes
import Testing

@testable import ControlService

@Suite struct PurchaseLogTests {
    private static let text =
        " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n"
        + " 00021 0002 19970101  3   63.34\r\n 00050 0003 19970101  1    0.00\r\n"

    @Test func itIsReadAsItIs() throws {
        let log = try PurchaseLog(parsing: Self.text)
        #expect(log.purchases.count == 4)
        let first = try #require(log.purchases.first)
        #expect(first.customer == 1)
        #expect(first.amount.minorUnits == 2_933)
        #expect(first.soldAt == Timestamp("1997-01-01"))
        #expect(log.customers(first: 2).map(\.customer) == [1, 2])
        #expect(log.customers(first: nil).map(\.purchases.count) == [2, 1, 1])
    }

    @Test(arguments: [
        "00004 0001 19970101 2", "00004 0001 19970132 2 29.33", "00004 0001 19970101 2 -1.00",
        "00004 0001 19970101 2 1.234", "",
    ])
    func whatIsNoPurchaseIsRefused(line: String) {
        #expect(throws: Complaint.self) { try PurchaseLog(parsing: line) }
    }

    /// 29.33 and 29.73 earn 1.4665 and 1.4865, which round to the even cent; 63.34 earns 3.167.
    @Test func theExpectedSumRoundsEverySaleByItself() throws {
        let plan = try DemoPlan(try PurchaseLog(parsing: Self.text), customers: nil, run: "r")
        #expect(plan.customers.map(\.cashback.minorUnits) == [147 + 149, 317, 0])
        #expect(plan.cashback.minorUnits == 613)
        #expect(plan.gross.minorUnits == 12_240)
        #expect(plan.sales.map(\.actionID) == ["r-1", "r-2", "r-3", "r-4"])
    }

    @Test func troubleIsOnFixedPurchases() throws {
        let lines = (1...77).map { "1 \($0) 19970101 1 10.00" }.joined(separator: "\n")
        let sales = try DemoPlan(try PurchaseLog(parsing: lines), customers: nil, run: "r").sales
        let late = sales.filter { $0.manner == .late }.map { $0.index + 1 }
        let swapped = sales.filter { $0.manner == .swapped }.map { $0.index + 1 }
        #expect(late == [11, 22, 33, 44, 55, 66, 77])
        #expect(swapped == [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 65, 70, 75])
        #expect(
            sales.filter(\.isRepeated).map { $0.index + 1 } == Array(stride(from: 7, to: 78, by: 7))
        )
    }
}
