import Testing

@testable import HTTP

@Suite struct RotaTests {
    private final class Member {}

    private func rota(of count: Int) -> (Rota<Member>, [Member]) {
        let members = (0..<count).map { _ in Member() }
        var rota = Rota<Member>()
        for member in members { rota.insert(member) }
        return (rota, members)
    }

    private func identifiers(_ members: some Sequence<Member>) -> [ObjectIdentifier] {
        members.map { ObjectIdentifier($0) }.sorted()
    }

    @Test func fewAreAllLookedAtEachTime() {
        var (rota, members) = rota(of: Rota<Member>.many - 1)
        for _ in 0..<3 {
            let turn = rota.next()
            #expect(identifiers(turn) == identifiers(members))
        }
    }

    @Test func manyAreEachLookedAtOnceInEightTurns() {
        var (rota, members) = rota(of: 4_000)
        let turns = (0..<8).map { _ in rota.next() }
        #expect(identifiers(turns.joined()) == identifiers(members))
        #expect(turns.allSatisfy { $0.count < 1_000 }, "\(turns.map(\.count))")
    }

    @Test func whoIsGoneIsNotLookedAt() {
        var (rota, members) = rota(of: 3)
        let removals = [rota.remove(members[1]), rota.remove(members[1])]
        #expect(removals == [true, false])
        #expect(rota.count == 2 && !rota.isEmpty)
        #expect(rota[ObjectIdentifier(members[1])] == nil)
        #expect(rota[ObjectIdentifier(members[2])] === members[2])
        #expect(identifiers(rota.all) == identifiers([members[0], members[2]]))
    }
}
