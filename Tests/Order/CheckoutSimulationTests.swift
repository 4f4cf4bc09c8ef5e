import TestSupport
import Testing

/// The checkout holds whatever happens, and each flaw that is put into it is noticed.
@Suite(.timeLimit(.minutes(60))) struct CheckoutSimulationTests {
    @Test func aCheckoutIsPaidOnceOrNothingIsHeld() { Seeds.hold(CheckoutWorld.self) }

    @Test(arguments: CheckoutWorld.Flaw.allCases)
    func aBrokenCheckoutIsNoticed(_ flaw: CheckoutWorld.Flaw) {
        Seeds.notice(CheckoutWorld.self, flaw)
    }
}
