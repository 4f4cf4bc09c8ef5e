import Testing

@testable import Bus

@Suite struct HeadersTests {
    private let fields: [(String, [UInt8])] = [
        ("ce_id", Array("7".utf8)), ("", []), ("é", [0, 255]), ("ce_id", Array("again".utf8)),
        ("long", [UInt8](repeating: 7, count: 70_000)),
    ]

    @Test func whatIsWrittenIsRead() {
        let headers = BusHeaders(fields)
        #expect(headers.count == 5)
        #expect(headers.fields.map(\.name) == fields.map(\.0))
        #expect(headers.fields.map(\.value) == fields.map(\.1))
        #expect(headers.size == fields.reduce(0) { $0 + $1.0.utf8.count + $1.1.count })
        #expect(BusHeaders().isEmpty)
        #expect(BusHeaders().fields.isEmpty)
    }

    @Test func textsAndNumbersAreWrittenInUTF8() {
        var headers = BusHeaders()
        headers.append("name", "Zoë")
        headers.append("number", -12)
        #expect(
            headers == BusHeaders([("name", Array("Zoë".utf8)), ("number", Array("-12".utf8))]))
    }

    @Test func aNameIsTheWholeName() {
        var named: [Int] = []
        var number = 0
        BusHeaders(fields).forEach { field in
            if field.isNamed("ce_id") { named.append(number) }
            #expect(!field.isNamed("ce_i"))
            #expect(!field.isNamed("ce_ids"))
            number += 1
        }
        #expect(named == [0, 3])
    }
}
