import EventStore
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CatalogService

@Suite struct ImportTests {
    private static func send(
        _ table: String, to harness: CatalogHarness, merchant: String? = nil
    ) async throws -> HarnessResponse {
        let query = merchant.map { "?merchant_id=\($0)" } ?? ""
        return try await harness.call(
            .post, "/api/v1/products/import\(query)", as: .admin, raw: Array(table.utf8),
            type: "text/csv")
    }

    private static func counts(_ response: HarnessResponse) -> [Int64?] {
        ["created", "updated", "unchanged", "failed"].map { response.json[$0]?.integer }
    }

    @Test func theSameTableAgainChangesNothing() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let table = #"""
                sku,title,description,price,currency,stock
                CD-1,"Kind of Blue, ""mono""","two
                lines",14.99,USD,3
                CD-2,Blue Train,,12.99,USD,
                """#
            let first = try await Self.send(table, to: harness, merchant: merchant)
            #expect(Self.counts(first) == [2, 0, 0, 0], "\(first.text)")
            #expect(first.json["rows"]?.array?.map { $0["line"] } == [2, 4])
            let head = try await harness.store.head()
            let second = try await Self.send(table, to: harness, merchant: merchant)
            #expect(Self.counts(second) == [0, 0, 2, 0])
            #expect(try await harness.store.head() == head)

            let changed = table.replacing("12.99", with: "11.99").replacing("\n", with: "\r\n")
            let third = try await Self.send(changed, to: harness, merchant: merchant)
            #expect(third.json["rows"]?[1]?["status"] == "updated")
            let disc = try await shop.get("/api/v1/products?sku=CD-1")["items"]?[0]
            #expect(disc?["title"] == "Kind of Blue, \"mono\"")
            #expect(disc?["available"] == 3)
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func badRowsAreNamedAndStopNoOthers() async throws {
        try await CatalogHarness.with(.database) { harness in
            let shop = Shop(harness: harness)
            let merchant = try await shop.merchant()
            let unknown = "01920000-0000-7000-8000-00000000ffff"
            let table = """
                merchant_id,sku,title,category_id,price,currency,stock
                \(merchant),A,Good,,1.00,USD,1
                \(merchant),,No number,,1.00,USD,1
                \(merchant),B,,,1.00,USD,1
                \(merchant),C,Bad price,,1.001,USD,1
                \(merchant),D,Bad currency,,1.00,XYZ,1
                \(merchant),E,Bad stock,,1.00,USD,-1
                \(merchant),F,Bad category,\(unknown),1.00,USD,1
                \(unknown),G,Bad merchant,,1.00,USD,1
                nobody,H,Bad merchant,,1.00,USD,1
                \(merchant),I,Too short
                \(merchant),A,Good again,,2.00,USD,1
                \(merchant),A,Euro,,2.00,EUR,1
                \(merchant),J,"text"after,,1.00,USD,1
                \(merchant),K,Last,,3.00,USD,1
                """
            let report = try await Self.send(table, to: harness)
            #expect(Self.counts(report) == [2, 1, 0, 11], "\(report.text)")
            let rows = report.json["rows"]?.array ?? []
            #expect(rows.map { $0["line"]?.integer } == Array(2...15).map(Int64.init))
            let fields = rows.map { $0["problem"]?["field"]?.string }
            #expect(
                fields == [
                    nil, "sku", "title", "price", "currency", "stock", "category_id",
                    "merchant_id", "merchant_id", "", nil, "currency", "", nil,
                ])
            #expect(try await shop.get("/api/v1/products")["items"]?.array?.count == 2)
            #expect(try await shop.violations().isEmpty)
        }
    }

    @Test func aTableWithoutItsColumnsIsRefusedWhole() async throws {
        try await CatalogHarness.with { harness in
            for table in ["", "sku,title\nA,B", "sku,sku,title,price,currency", "sku,colour"] {
                let response = try await Self.send(table, to: harness)
                #expect(response.status == 422, "\(table)")
            }
            let wrongType = try await harness.call(
                .post, "/api/v1/products/import", as: .admin, body: [:])
            #expect(wrongType.status == 415)
            #expect(try await harness.events().isEmpty)
        }
    }

    @Test func aTableIsReadThroughChunksOfAnySize() {
        let table = "\u{FEFF}a,b\r\n\"1,\"\"x\"\"\r\n\",2\n\n3,\"\"\n4,5\"\n6"
        let expected: [CSVReader.Record] = [
            .init(line: 1, content: .fields(["a", "b"])),
            .init(line: 2, content: .fields(["1,\"x\"\r\n", "2"])),
            .init(line: 5, content: .fields(["3", ""])),
            .init(
                line: 6,
                content: .fault("A quote stands inside a field that is not quoted.")),
            .init(line: 7, content: .fields(["6"])),
        ]
        let bytes = Array(table.utf8)
        for size in 1...bytes.count {
            var reader = CSVReader()
            var records: [CSVReader.Record] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                records += reader.read(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            if let last = reader.finish() { records.append(last) }
            #expect(records == expected, "chunks of \(size)")
        }
    }

    @Test func rowsThatEndNowhereOrAreTooLongAreFaults() {
        var open = CSVReader()
        #expect(open.read(Array("a,\"b".utf8)).isEmpty)
        #expect(open.finish()?.content == .fault("A quoted field does not end."))

        var long = CSVReader()
        let text = String(repeating: "x", count: CSVReader.recordLimit + 1) + "\nnext\n"
        let records = long.read(Array(text.utf8))
        #expect(records.map(\.line) == [1, 2])
        #expect(records.last?.content == .fields(["next"]))

        var bytes = CSVReader()
        #expect(
            bytes.read([0x61, 0xFF, 0x0A]).map(\.content) == [.fault("The text is not UTF-8.")])
    }
}
