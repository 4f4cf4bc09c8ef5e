import Testing

@testable import ControlService

@Suite struct DatabasePlaceTests {
    @Test(arguments: [
        ("postgresql://postgres:p%40ss@db:5432/souk", "db:5432/souk"),
        ("postgres://postgres@db/souk?sslmode=require", "db/souk"),
        ("postgresql://db:5432/souk", "db:5432/souk"),
    ])
    func thePasswordStaysBehind(url: String, place: String) {
        #expect(DatabasePlace(url)?.description == place)
    }

    @Test(arguments: ["host=db dbname=souk", "postgresql://db", "mysql://db/souk", "", "x://@/"])
    func otherFormsAreRefused(url: String) { #expect(DatabasePlace(url) == nil) }
}
