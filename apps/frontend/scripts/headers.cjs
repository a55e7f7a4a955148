// Debian's Node.js 18 brings a fetch whose Headers lack getSetCookie, which Next.js takes for granted.
if (!Headers.prototype.getSetCookie)
  Headers.prototype.getSetCookie = function () {
    // A comma separates two cookies only where a new name=value follows; dates hold commas too.
    return (this.get('set-cookie') ?? '').split(/,(?=\s*[^;,=\s]+=)/).map((text) => text.trim()).filter(Boolean);
  };
