000100*    An account with what a record may hold.
000200 01  ACCOUNT.                                                     ACCT0001
000300     05  ACCT-NO         PIC 9(6).
000400     05  OWNER           PIC X(6).
000500     05  BALANCE         PIC S9(5)V99 COMP-3.
000600     05  CREDIT          PIC S9(4) COMP.
000700     05  RATE            PIC SV999.
000800     05  PRINTED         PIC -(4)9.99.
000900     05  KIND            PIC X.
001000         88  PRIVATE     VALUE 'P'.
001100         88  BUSINESS    VALUES 'B' 'C'.
001200     05  PERSON.
001300         10  BORN-YEAR   PIC 9(4).
001400     05  FIRM REDEFINES PERSON.
001500         10  STAFF       PIC 9(6) COMP-3.
001600     05  MOVES           PIC 9.
001700     05  MOVE OCCURS 0 TO 2 TIMES DEPENDING ON MOVES.
001800         10  AMOUNT      PIC S9(3) SIGN IS TRAILING SEPARATE.
001900     05  CLOSING         PIC XX.
