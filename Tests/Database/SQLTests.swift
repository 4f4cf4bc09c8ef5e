import Database
import EventTypes
import Testing

@Suite struct SQLTests {
    @Test func aValueBecomesAPlaceholderAndNeverText() {
        let name = "'; drop table users; --"
        let sql: SQL = "select * from users where name = \(name) and age > \(7)"
        #expect(sql.text == "select * from users where name = $1 and age > $2")
        #expect("\(sql)" == sql.text)
    }

    @Test func joinedStatementsRenumberTheirPlaceholders() {
        let filter: SQL = "a = \(1) and b = \(2)"
        let sql: SQL = "select \(0) from t where \(filter) or c = \(3)"
        #expect(sql.text == "select $1 from t where a = $2 and b = $3 or c = $4")
        let many = (0..<11).map { SQL("\($0)") }.joined()
        #expect((many + ", " + "\(11)").text == (1...12).map { "$\($0)" }.joined(separator: ", "))
    }

    @Test func aTemplateIsTheSameStatementWithOtherValues() {
        let template = SQL.Template("select f(", values: 3, ") as g")
        let sql = SQL(template) { values in
            values.bind(1)
            values.bind("two")
            values.bind([3, 4])
        }
        #expect(sql.text == "select f($1, $2, $3) as g")
        let outer: SQL = "select \(0) union \(sql)"
        #expect(outer.text == "select $1 union select f($2, $3, $4) as g")
    }

    @Test func aDollarInALiteralIsLeftAlone() {
        let inner: SQL = "select '$1', \(1)"
        let outer: SQL = "\(0), \(inner)"
        #expect(outer.text == "$1, select '$1', $2")
    }

    @Test func identifiersAreQuoted() {
        #expect(("select * from \(identifier: "a\"b")" as SQL).text == "select * from \"a\"\"b\"")
    }
}
