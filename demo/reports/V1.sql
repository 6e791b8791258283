-- V1 one-stop check of twelve requests: the window learns match, mismatch or absent, never the record
-- login: clerk
-- purpose: one-stop
WITH request (request, id, name, city, uscc) AS (
  VALUES (1, '99020119470605177X', '谢竹帆', '9902', '９１９９０３０５ＭＡ００１３９８３２'),
         (2, '990202195202082055', '许曦', '9905', '91990404ma00230149'),
         (3, '990101198001019991', '吴潮渚', '9901', '91990404-MA002301-49'),
         (4, '990301196602212043', '古丽•澜克', '9902', '91990404MA00230149'),
         (5, '990501-19641105-2076', '王枫辰', '9905', '91990501MA0000680T'),
         (6, '990301200602011902 ', '司马桨屿', '9903', '91990302MA0008359G'),
         (7, '９９０３０５１９８００３０６１２７６', '诸葛汀锚', '9903', '91990204MA0005318B　'),
         (8, '990502740303115', '冯　港', '9905', '91990104MA0015313E'),
         (9, '990401198411091175', '张帆汀', '9904', '91990504MA0027613A'),
         (10, '990402198907150550', '陶鲸岛', '9904', '91990504MA0016025G'),
         (11, '990305580717250', '其其.岛白', '9902', '91990105MA0023698Y'),
         (12, '９９０５０１２００８０５０４０９７４', '金　𦍌', '9902', '91990305MA00013687')
), insurance AS (
  SELECT norm_id(i.id_no) AS id, bool_or(i.end_ym IS NULL) AS current
    FROM hrss.insured i
   GROUP BY norm_id(i.id_no)
), clearance AS (
  SELECT t.uscc, count(a.balance) AS open
    FROM canon.tp t LEFT JOIN tax.arrears a ON a.taxpayer_id = t.taxpayer_id AND a.balance > 0
   GROUP BY t.uscc
)
SELECT q.request,
       CASE WHEN p.id_no IS NULL THEN 'absent' WHEN norm_name(p.name) = norm_name(q.name) THEN 'match'
            ELSE 'mismatch' END AS identity,
       CASE WHEN p.id_no IS NULL THEN 'absent' WHEN left(p.hukou_div, 4) = q.city THEN 'match' ELSE 'mismatch' END AS household,
       CASE WHEN d.id_no IS NULL THEN 'absent' WHEN d.status = '正常' THEN 'match' ELSE 'mismatch' END AS licence,
       CASE WHEN i.id IS NULL THEN 'absent' WHEN i.current THEN 'match' ELSE 'mismatch' END AS insurance,
       CASE WHEN c.uscc IS NULL THEN 'absent' WHEN c.open = 0 THEN 'match' ELSE 'mismatch' END AS tax
  FROM request q
  LEFT JOIN police.person p ON p.id_no = norm_id(q.id)
  LEFT JOIN police.driver d ON d.id_no = norm_id(q.id)
  LEFT JOIN insurance i ON i.id = norm_id(q.id)
  LEFT JOIN clearance c ON c.uscc = norm_uscc(q.uscc)
 ORDER BY q.request;
