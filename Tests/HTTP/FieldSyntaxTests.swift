import TestSupport
import Testing

@testable import HTTP

@Suite struct FieldSyntaxTests {
    @Test func valuesAreLookedAtByteForByteWhereverTheByteStands() {
        for length in 1...17 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var value = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    value[place] = byte
                    let isValue = value.withUnsafeBufferPointer { FieldSyntax.isValue($0) }
                    let isToken = value.withUnsafeBufferPointer { FieldSyntax.isToken($0) }
                    #expect(isValue == FieldSyntax.isValueByte(byte))
                    #expect(isToken == FieldSyntax.isTokenByte(byte))
                }
            }
        }
    }

    @Test func linesInAnyFormBecomeTheSameFields() throws {
        let parser = MessageParser(.request)
        let head = Array(
            ("GET / HTTP/1.1\r\nHost: a\r\nPlain: one\r\nTight:two\r\nWide:   three  \r\nEmpty:\r\n"
                + "Blank: \r\nTabbed:\tfour\r\nLast: five six\r\n\r\n").utf8)
        try head.withUnsafeBytes { try parser.parseHead($0, fields: 8) }
        #expect(
            parser.headers
                == [
                    "Host": "a", "Plain": "one", "Tight": "two", "Wide": "three", "Empty": "",
                    "Blank": "", "Tabbed": "four", "Last": "five six",
                ])
        let wire = String(decoding: parser.headers.wire, as: UTF8.self)
        #expect(wire.hasPrefix("Host: a\r\nPlain: one\r\nTight: two\r\nWide: three\r\nEmpty: \r\n"))
    }
}
