import EventTypes
import Glibc
import JSON
import Testing

@Suite struct JSONTests {
    private struct Order: Codable, Equatable {
        struct Line: Codable, Equatable {
            let sku: String
            let quantity: Int
        }
        let id: OrderID
        let total: Money
        let lines: [Line]
        let note: String?
        let tags: [String: Int]
        let ratio: Double
        let isGift: Bool
    }

    private func order(note: String? = nil) throws -> Order {
        Order(
            id: OrderID(high: 1, low: 2), total: try Money(minorUnits: -2_933, .usd),
            lines: [.init(sku: "A\"\\\n\u{1}é😀", quantity: 2), .init(sku: "", quantity: 0)],
            note: note, tags: ["x": 1], ratio: 0.25, isGift: true)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let written = try order(note: "n")
        #expect(try JSON.decode(Order.self, from: JSON.encode(written)) == written)
        #expect(try JSON.text(order()).contains("note") == false)
    }

    @Test func membersKeepTheOrderOfTheType() throws {
        #expect(
            try JSON.text(order()).hasPrefix(
                #"{"id":"00000000-0000-0001-0000-000000000002","total":{"amount_minor":-2933,"#))
    }

    @Test func everyPublishedExampleIsReadBack() throws {
        for type in Contract.events.flatMap(\.types) { try roundTrip(type) }
    }

    private func roundTrip<Event: PublishedEvent>(_ type: Event.Type) throws {
        #expect(try JSON.decode(type, from: JSON.encode(type.example)) == type.example)
    }

    @Test(arguments: [
        ("", "early"), ("{", "name"), ("[1,]", "not a JSON value"), ("{\"a\":1,}", "name"),
        ("1e400", "too large"), ("[-1E+309]", "too large"),
        (String(repeating: "9", count: 400), "too large"), ("01", "number"), ("-", "number"),
        ("1.", "number"), ("1e", "number"), ("+1", "value"),
        (".5", "value"), ("NaN", "value"), ("tru", "value"), ("nulll", "follows"),
        ("1 2", "follows"), ("\"a", "closed"), ("\"\u{1}\"", "control"), (#""\x""#, "escape"),
        (#""\ud800""#, "surrogate"), (#""\udc00\ud800""#, "surrogate"),
        (#""\u12g4""#, "hexadecimal"), (#"{"a":1,"a":2}"#, "twice"),
        (#"{"a":1,"\u0061":2}"#, "twice"), ("{1:2}", "name"), ("{\"a\" 1}", "colon"),
        ("[1 2]", "comma"), ("'a'", "value"), ("/**/1", "value"), ("\u{FEFF}1", "value"),
    ])
    func whatIsNotJSONIsRefused(_ text: String, _ reason: String) {
        let error = #expect(throws: JSONError.self) { try JSON.decode(JSONValue.self, from: text) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    /// Strings are looked at eight bytes at a time: whatever ends one, at each place of the eight.
    @Test func whatEndsAStringIsFoundWhereverItStands() throws {
        for count in 0..<40 {
            for filler in ["a", " ", "!", "#", "[", "]", "\u{7F}", "~"] {
                let plain = String(repeating: filler, count: count)
                for rest in ["", "é", "\u{10FFFF}x", "z"] {
                    let text = "\"\(plain)\(rest)\""
                    #expect(try JSON.decode(String.self, from: text) == plain + rest)
                    let two = try JSON.decode([String].self, from: "[\(text),\(text)]")
                    #expect(two == [plain + rest, plain + rest])
                }
                #expect(try JSON.decode(String.self, from: "\"\(plain)\\n\"") == plain + "\n")
                for control in ["\u{0}", "\u{1F}", "\n"] {
                    #expect(throws: JSONError.self) {
                        try JSON.decode(String.self, from: "\"\(plain)\(control)\(plain)\"")
                    }
                }
                #expect(throws: JSONError.self) {
                    try JSON.decode(String.self, from: "\"\(plain)")
                }
            }
        }
    }

    @Test func invalidUTF8IsRefused() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            #expect(throws: JSONError.self) {
                try JSON.decode(JSONValue.self, from: [0x22] + bytes + [0x22])
            }
        }
    }

    @Test func depthAndSizeHaveLimits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSON.decode(JSONValue.self, from: nested(32))
        #expect(throws: JSONError.self) { try JSON.decode(JSONValue.self, from: nested(33)) }
        #expect(throws: JSONError.self) { try JSON.decode(JSONValue.self, from: nested(100_000)) }
        #expect(throws: JSONError.self) {
            try JSON.decode(JSONValue.self, from: "[1,2]", limits: .init(bytes: 4))
        }
    }

    @Test(arguments: [
        (#"{"total":{"amount_minor":1.5,"currency":"USD"}}"#, "/total/amount_minor"),
        (#"{"total":{"amount_minor":9007199254740992,"currency":"USD"}}"#, "/total/amount_minor"),
        (#"{"total":{"amount_minor":1e2,"currency":"USD"}}"#, "/total/amount_minor"),
        (
            #"{"total":{"amount_minor":99999999999999999999,"currency":"USD"}}"#,
            "/total/amount_minor"
        ),
        (#"{"total":{"amount_minor":1,"currency":"XXX"}}"#, "/total/currency"),
        (#"{"total":{"amount_minor":1}}"#, "/total/currency"),
        (#"{"total":[]}"#, "/total"), ("{}", "/total"), ("[]", ""),
    ])
    func aFaultIsPointedAt(_ text: String, _ pointer: String) {
        struct Body: Decodable { let total: Money }
        let error = #expect(throws: JSONError.self) { try JSON.decode(Body.self, from: text) }
        #expect(error?.kind == .mismatch)
        #expect(error?.pointer == pointer)
    }

    private struct Ticket: Codable, Equatable {
        let id: UserID
        let at: Timestamp
        var others: [OrderID] = []
    }

    /// Identifiers and times have ways of their own, which must come to the same.
    @Test func identifiersAndTimesAreTexts() throws {
        let plain =
            #"{"id":"00000000-0000-0001-0000-00000000002a","#
            + #""at":"1970-01-01T00:00:00.000001Z","#
            + #""others":["00000000-0000-0003-0000-000000000004"]}"#
        let ticket = Ticket(
            id: UserID(high: 1, low: 42), at: Timestamp(microseconds: 1),
            others: [OrderID(high: 3, low: 4)])
        #expect(try JSON.text(ticket) == plain)
        #expect(try JSON.decode(Ticket.self, from: plain) == ticket)
        let escaped = plain.replacing("02a", with: #"02\u0061"#).replacing(
            "1970-", with: #"197\u0030-"#)
        #expect(try JSON.decode(Ticket.self, from: escaped) == ticket)
        #expect(try JSON.text(ticket.at) == #""1970-01-01T00:00:00.000001Z""#)
        #expect(
            try JSON.text(Timestamp(microseconds: .max)) == "\"\(Timestamp(microseconds: .max))\"")
    }

    @Test(arguments: [
        (#"{"id":"x"}"#, "/id: Not a UUID of 36 characters."),
        (#"{"id":5}"#, "/id: Expected a string, found a number."),
        (
            #"{"id":"00000000-0000-0001-0000-00000000002a","at":"x"}"#,
            "/at: Not a time of RFC 3339."
        ),
        (
            #"{"id":"00000000-0000-0001-0000-00000000002a","at":null}"#,
            "/at: Expected a string, found null."
        ),
    ])
    func whatIsNoIdentifierOrTimeIsPointedAt(_ text: String, _ sentence: String) {
        let error = #expect(throws: JSONError.self) { try JSON.decode(Ticket.self, from: text) }
        #expect(error?.description == sentence)
    }

    @Test func namesInPointersAreEscapedByteByByte() {
        let error = #expect(throws: JSONError.self) {
            try JSON.decode([String: Int].self, from: "{\"a/\u{301}~\u{301}\":\"x\"}")
        }
        #expect(error?.pointer == "/a~1\u{301}~0\u{301}")
    }

    @Test func elementsOfArraysArePointedAt() {
        struct Body: Decodable { let a: [[Int]] }
        let error = #expect(throws: JSONError.self) {
            try JSON.decode(Body.self, from: #"{"b":[],"a":[[1],[2,"x"]]}"#)
        }
        #expect(error?.pointer == "/a/1/1")
    }

    /// A member is looked for among names that need reading first as among others: in one pass.
    @Test func manyEscapedNamesCostNoMoreThanTheirLength() throws {
        struct Body: Decodable { let missing: Int? }
        func time(_ name: String) throws -> Duration {
            let members = (0..<20_000).map { "\"\(name)\($0)\":0" }.joined(separator: ",")
            let text = Array("{\(members)}".utf8)
            return try (0..<3).map { _ in
                try processorTime { _ = try JSON.decode(Body.self, from: text) }
            }.min() ?? .zero
        }
        // The names are unescaped; the text around them must not be copied for each.
        #expect(try time(#"\u0061"#) < time("abcdef") * 30)
    }

    @Test func dictionariesCostNoMoreThanTheirLength() throws {
        func time(_ count: Int) throws -> Duration {
            let members = (0..<count).map { "\"name\($0)\":{\"a\":\($0)}" }.joined(separator: ",")
            let text = Array("{\(members)}".utf8)
            return try (0..<3).map { _ in
                try processorTime {
                    let read = try JSON.decode([String: [String: Int]].self, from: text)
                    #expect(read.count == count && read["name7"] == ["a": 7])
                }
            }.min() ?? .zero
        }
        // Four times as much takes four times as long; sixteen times if each name were looked for
        // among all.
        #expect(try time(16_000) < time(4_000) * 10)
    }

    @Test func integersAreExactToTheirEnds() throws {
        #expect(
            try JSON.decode([Int64].self, from: "[9223372036854775807,-9223372036854775808]") == [
                .max, .min,
            ])
        #expect(throws: JSONError.self) { try JSON.decode(Int64.self, from: "9223372036854775808") }
        #expect(throws: JSONError.self) { try JSON.decode(UInt8.self, from: "256") }
        #expect(throws: JSONError.self) { try JSON.decode(UInt8.self, from: "-1") }
    }

    @Test func escapesAreRead() throws {
        #expect(
            try JSON.decode(String.self, from: #""\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\""#)
                == "é😀/\u{8}\u{c}\n\r\t\"\\")
    }

    @Test func anyValueKeepsItsMembersInOrder() throws {
        let text = #"{"z":1,"a":[null,true,1.5,"x",{}],"m":{"k":-7}}"#
        let value = try JSON.decode(JSONValue.self, from: text)
        #expect(try JSON.text(value) == text)
        #expect(value["a"]?[3]?.string == "x" && value["m"]?["k"]?.integer == -7)
    }

    @Test func nestedContainersAreClosedWhenTheirParentGoesOn() throws {
        struct Odd: Encodable {
            enum Key: String, CodingKey { case a, b, c }
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                var inner = outer.nestedContainer(keyedBy: Key.self, forKey: .a)
                var items = inner.nestedUnkeyedContainer(forKey: .b)
                try items.encode(1)
                try items.encode([2])
                try outer.encode("end", forKey: .c)
            }
        }
        #expect(try JSON.text(Odd()) == #"{"a":{"b":[1,[2]]},"c":"end"}"#)
    }

    @Test func dictionariesAreWrittenInOneOrder() throws {
        let names = (0..<50).map { "name-\($0)" }
        let forth = Dictionary(uniqueKeysWithValues: names.map { ($0, [$0: 1]) })
        var back: [String: [String: Int]] = [:]
        back.reserveCapacity(1_000)
        for name in names.reversed() { back[name] = [name: 1] }
        #expect(try JSON.encode(forth) == JSON.encode(back))
        #expect(try JSON.text(["b": 2, "a": 1]) == #"{"a":1,"b":2}"#)
        #expect(try JSON.text([String: Int]()) == "{}")
    }
}

/// The processor time of this thread that `body` takes; what runs beside it does not count.
private func processorTime(_ body: () throws -> Void) rethrows -> Duration {
    func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let start = now()
    try body()
    return now() - start
}
