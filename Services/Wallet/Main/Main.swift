internal import ServiceKit
internal import WalletService

@main struct Main {
    static func main() {
        ServiceMain.run(WalletService.self)
    }
}
