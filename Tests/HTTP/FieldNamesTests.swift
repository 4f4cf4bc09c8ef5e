import HTTP
import Testing

@Suite("Sets of field names") struct FieldNamesTests {
    private let names = FieldNames(["Connection", "TE", "x-one"])

    @Test func `fields are removed whatever their case`() {
        let fields: HTTPHeaders = [
            "te": "trailers", "Accept": "*/*", "CONNECTION": "close", "X-One": "1", "X-Two": "2",
            "": "no name",
        ]
        #expect(fields.removing(names) == ["Accept": "*/*", "X-Two": "2"])
        #expect(fields.removing(names.union(["X-Two"])) == ["Accept": "*/*"])
        #expect(fields.removing(FieldNames([])).count == 5)
    }

    @Test func `what is missing is appended, what is there stays`() {
        var fields: HTTPHeaders = ["Vary": "Origin", "Referrer-Policy": "origin"]
        fields.appendMissing(["referrer-policy": "no-referrer", "A": "1", "B": "2"])
        #expect(
            fields == ["Vary": "Origin", "Referrer-Policy": "origin", "A": "1", "B": "2"])
    }
}
