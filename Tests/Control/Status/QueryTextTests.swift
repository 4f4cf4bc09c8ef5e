import Testing

@testable import ControlService

@Suite struct QueryTextTests {
    @Test(arguments: [
        ("select 1", "select ?"),
        ("select * from t1 where a = 'it''s' and b=12.5", "select * from t1 where a = ? and b=?"),
        ("select E'a\\'b', x2", "select E?, x2"),
        ("update a set b = $1 where c = $2", "update a set b = $1 where c = $2"),
        ("do $do$ secret 'x' $do$ language sql", "do ? language sql"),
        ("select $$secret$$", "select ?"),
        ("select\n\t1e5,  -3", "select ?, -?"),
        ("select 'never closed", "select ?"),
        ("", ""),
    ])
    func valuesAreLeftOut(query: String, text: String) {
        #expect(QueryText.withoutValues(query) == text)
    }

    @Test func itIsCut() {
        let text = QueryText.withoutValues("select " + String(repeating: "a", count: 500))
        #expect(text.count == QueryText.limit && text.hasSuffix("…"))
    }
}
